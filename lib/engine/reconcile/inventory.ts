import { Problem } from "@/lib/contracts/problem";
import type { TargetKind } from "@/lib/contracts/target";
import { listProjects } from "@/lib/drivers/dokploy/inventory";
import type { DokployPlace, OwnedThing } from "@/lib/drivers/driver";
import { measureFolders } from "@/lib/drivers/inventory/folders";
import { listOwned } from "@/lib/drivers/inventory/owned-things";
import { db } from "@/lib/platform/db/client";
import { hostPlaceOf, isHostPlace, placeOf } from "@/lib/targets/place";
import type { TargetRow } from "@/lib/targets/target-store";

/** Everything on a target that Landfall created, whoever its owner is. */
export interface Inventory {
  list(): Promise<{ things: OwnedThing[]; problems: Problem[] }>;
  /** Bytes by path, of folders. */
  measure(paths: readonly string[]): Promise<Map<string, number>>;
  close(): Promise<void>;
}

const OPENS: Record<TargetKind, (target: TargetRow) => Promise<Inventory>> = {
  local: onHost,
  ssh: onHost,
  dokploy: openPlatformInventory,
};

/** Throws why the target cannot be asked. */
export function openInventory(target: TargetRow): Promise<Inventory> {
  return OPENS[target.kind](target);
}

async function onHost(target: TargetRow): Promise<Inventory> {
  const place = await hostPlaceOf(target);
  return {
    list: () => listOwned(place),
    measure: (paths) => measureFolders(place, paths),
    close: () => place.host.close(),
  };
}

/** Projects are found on the server by their marker. It does not list volumes, so Landfall's are those that were recorded. */
async function openPlatformInventory(target: TargetRow): Promise<Inventory> {
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

/** The rows of a project are marked as removed with it. Rows of volumes stay, because the volumes do. */
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

/** The volumes that a removal left, because no one asked to remove them or the server could not. */
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
