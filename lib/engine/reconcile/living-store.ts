import type { OwnedThing } from "@/lib/drivers/driver";
import { db, type Tx } from "@/lib/platform/db/client";
import type { LivingService } from "./orphans";

/** `stuck` too: retrying its undo needs what it made. */
const UNFINISHED = ["queued", "running", "undoing", "stuck"];

/** Every service that lives, or those that may own a thing. */
export async function listLiving(
  tx: Tx = db,
  thing?: Pick<OwnedThing, "serviceName" | "owner">,
): Promise<LivingService[]> {
  const mayOwn = [
    ...(thing?.serviceName ? [{ name: thing.serviceName }] : []),
    ...(thing?.owner ? [{ id: thing.owner.serviceId }] : []),
  ];
  const rows = await tx.service.findMany({
    where: { deletedAt: null, ...(mayOwn.length > 0 && { OR: mayOwn }) },
    select: {
      id: true,
      name: true,
      releases: { where: { prunedAt: null }, select: { id: true } },
      resources: { where: { kind: "project", removedAt: null }, select: { externalId: true } },
      deployments: { where: { state: { in: UNFINISHED } }, select: { id: true }, take: 1 },
    },
  });
  return rows.map(({ id, name, releases, resources, deployments }) => ({
    id,
    name,
    isMoving: deployments.length > 0,
    keptReleaseIds: releases.map((release) => release.id),
    projectIds: resources.map(({ externalId }) => externalId),
  }));
}
