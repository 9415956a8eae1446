import type { Volume } from "@/lib/contracts/service";
import { STACK_DRIVERS } from "@/lib/contracts/stack-state";
import { db, type Tx } from "@/lib/platform/db/client";

/*
 * A removal keeps what a service stored, and a host's journal keeps what it wrote. Both stay its owner's: a later service of
 * the same name by another person gets neither. On a platform a stack's volumes carry their owner anyway (lib/domain/stacks).
 */

interface Named {
  name: string;
  ownerId: string;
  targetId: string;
}

/**
 * What ends the names of a new service's volumes: nothing for the first owner of a name on a target, and for an owner who
 * comes back what they had before. The caller holds the name's lock.
 */
export async function findVolumeScope(tx: Tx, { name, ownerId, targetId }: Named): Promise<string | null> {
  const earlier = await tx.service.findMany({
    where: { name, targetId },
    orderBy: { id: "desc" },
    select: { ownerId: true, volumeScope: true },
  });
  const isForeign = (scope: string | null) =>
    earlier.some((one) => one.ownerId !== ownerId && one.volumeScope === scope);
  const own = earlier.find((one) => one.ownerId === ownerId);
  const wanted = own ? own.volumeScope : null;
  return isForeign(wanted) ? `of-${ownerId.slice(-8)}` : wanted;
}

/** Its volumes as they are called on its target. No volume's own name has a dot. */
export function scopedVolumes<Spec extends { driver: string; volumes: Volume[] }>(
  spec: Spec,
  scope: string | null,
): Spec {
  if (scope === null || STACK_DRIVERS.has(spec.driver as "dokploy")) return spec;
  return { ...spec, volumes: spec.volumes.map((volume) => ({ ...volume, name: `${volume.name}.${scope}` })) };
}

/** Since when the name is this owner's on the target: what was written before is another's. Null when it always was. */
export async function findJournalStart({ name, ownerId, targetId }: Named): Promise<Date | null> {
  const where = { name, targetId, ownerId: { not: ownerId }, deletedAt: { not: null } };
  const { _max } = await db.service.aggregate({ where, _max: { deletedAt: true } });
  return _max.deletedAt;
}
