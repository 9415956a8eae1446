import { ResourceKind } from "@/lib/contracts/resource";
import type { ResourcePort } from "@/lib/drivers/driver";
import { db } from "@/lib/platform/db/client";

/** All the Prisma of a deployment's external resources. */
export function createResourcePort(owner: { targetId: string; serviceId: string; deploymentId: string }): ResourcePort {
  const { targetId, serviceId, deploymentId } = owner;
  return {
    list: async () => {
      const where = { targetId, serviceId, removedAt: null };
      const rows = await db.resource.findMany({ where, orderBy: { id: "asc" } });
      return rows.map(({ kind, externalId, name }) => ({ kind: ResourceKind.parse(kind), externalId, name }));
    },
    record: async ({ kind, externalId, name }) => {
      const key = { targetId, kind, externalId };
      const before = await db.resource.findUnique({ where: { targetId_kind_externalId: key } });
      const found = { serviceId, deploymentId, name, removedAt: null };
      await db.resource.upsert({
        where: { targetId_kind_externalId: key },
        create: { ...key, ...found },
        update: found,
      });
      return before === null || before.removedAt !== null;
    },
    forget: async ({ kind, externalId }) => {
      await db.resource.updateMany({
        where: { targetId, kind, externalId, removedAt: null },
        data: { removedAt: new Date() },
      });
    },
  };
}
