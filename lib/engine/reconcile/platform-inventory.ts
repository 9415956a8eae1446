import { Problem } from "@/lib/contracts/problem";
import { listProjects } from "@/lib/drivers/dokploy/inventory";
import type { DokployPlace, OwnedThing } from "@/lib/drivers/driver";
import { db } from "@/lib/platform/db/client";
import { isHostPlace, placeOf } from "@/lib/targets/place";
import type { TargetRow } from "@/lib/targets/target-store";
import type { Inventory } from "./inventory";

/** Projects are found on the server by their marker; of volumes it tells nothing, so ours are those that were recorded. */
export async function openPlatformInventory(target: TargetRow): Promise<Inventory> {
  const place = await placeOf(target);
  if (isHostPlace(place)) throw new Problem("internal", { detail: "a platform has no host" });
  return {
    list: async () => {
      const [projects, volumes] = await Promise.all([listProjects(place), listKeptVolumes(place)]);
      const things = projects.map((project) => ({ ...project, remove: () => removeProject(place, project) }));
      return { things: [...things, ...volumes], problems: [] };
    },
    measure: async () => new Map(),
    close: async () => {},
  };
}

/** Its rows go with it; those of a volume stay, because the volume does. */
async function removeProject({ targetId }: DokployPlace, { owner, remove }: OwnedThing): Promise<void> {
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

/** Those that a removal left, because nobody asked to remove them or the server could not. */
async function listKeptVolumes(place: DokployPlace): Promise<OwnedThing[]> {
  const rows = await db.resource.findMany({
    where: { targetId: place.targetId, kind: "volume", removedAt: null, service: { deletedAt: { not: null } } },
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
    remove: () => removeVolume(place, { id, name }),
  }));
}

async function removeVolume({ dokploy }: DokployPlace, { id, name }: { id: string; name: string }): Promise<void> {
  const removal = await dokploy.removeVolume(name);
  if (removal !== "removed" && removal !== "gone") throw new Problem("volume-kept", { params: { volume: name } });
  await db.resource.updateMany({ where: { id }, data: { removedAt: new Date() } });
}
