import { Problem } from "@/lib/contracts/problem";
import type { DokployAccess } from "@/lib/drivers/dokploy/context";
import { listProjects } from "@/lib/drivers/dokploy/inventory";
import type { OwnedThing } from "@/lib/drivers/driver";
import { db } from "@/lib/platform/db/client";
import type { Inventory } from "../kind";

/** Projects are found on the server by their marker. It does not list volumes, so Landfall's are those that were recorded. */
export function openDokployInventory(access: DokployAccess): Inventory {
  return {
    list: async () => {
      const [projects, volumes] = await Promise.all([listProjects(access), listKeptVolumes(access)]);
      const things = projects.map((project) => ({ ...project, remove: () => removeProject(access, project) }));
      return { things: [...things, ...volumes], problems: [] };
    },
    measure: async () => new Map(),
    close: async () => {},
  };
}

/** The rows of a project are marked as removed with it. Rows of volumes stay, because the volumes do. */
async function removeProject({ targetId }: DokployAccess, { owner, remove }: OwnedThing): Promise<void> {
  await remove();
  if (!owner) return;
  const ofRemoved = { serviceId: owner.serviceId, service: { deletedAt: { not: null } } };
  await db.resource.updateMany({
    where: {
      targetId,
      removedAt: null,
      kind: { not: "volume" },
      OR: [{ externalId: owner.externalId }, ofRemoved],
    },
    data: { removedAt: new Date() },
  });
}

/** The volumes that a removal left, because no one asked to remove them or the server could not. */
async function listKeptVolumes(access: DokployAccess): Promise<OwnedThing[]> {
  const rows = await db.resource.findMany({
    where: { targetId: access.targetId, kind: "volume", removedAt: null, service: { deletedAt: { not: null } } },
    select: { id: true, externalId: true, service: { select: { name: true } } },
    orderBy: { id: "asc" },
  });
  return rows.map(({ id, externalId: name, service }) => ({
    id: `volume:${name}`,
    kind: "volume",
    name,
    serviceName: service?.name ?? name,
    releaseId: null,
    bytes: null,
    remove: () => removeVolume(access, { id, name }),
  }));
}

async function removeVolume({ dokploy }: DokployAccess, { id, name }: { id: string; name: string }): Promise<void> {
  const removal = await dokploy.removeVolume(name);
  if (removal !== "removed" && removal !== "gone") throw new Problem("volume-kept", { params: { volume: name } });
  await db.resource.updateMany({ where: { id }, data: { removedAt: new Date() } });
}
