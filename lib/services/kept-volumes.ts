import type { FieldError } from "@/lib/contracts/problem";
import type { Volume } from "@/lib/contracts/service";
import { isPlatformDriver, PLATFORM_DRIVERS } from "@/lib/contracts/target-kind";
import { db, type Tx } from "@/lib/platform/db/client";
import { wrongField } from "./draft-fields";
import type { ServiceDraft } from "./service-row";

/*
 * A removal keeps a service's stored data, and a host's journal keeps its output. Both belong to their owner: a later
 * service of the same name by another person gets neither. On a platform a stack's volumes have their owner in their
 * names (templates/stack-draft.ts), and another person's name is refused.
 */

interface Named {
  name: string;
  ownerId: string;
  targetId: string;
}

/**
 * The suffix of a new service's volume names: none for the first owner of a name on a target, and the earlier suffix
 * for an owner who comes back. The caller has locked the name.
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

/** The volumes with their names on the target. No volume's own name has a dot. */
export function scopedVolumes<Spec extends { driver: string; volumes: Volume[] }>(
  spec: Spec,
  scope: string | null,
): Spec {
  if (scope === null || isPlatformDriver(spec.driver)) return spec;
  return { ...spec, volumes: spec.volumes.map((volume) => ({ ...volume, name: `${volume.name}.${scope}` })) };
}

/** When the name became this owner's on the target (earlier output is another person's); null if always. */
export async function findJournalStart({ name, ownerId, targetId }: Named): Promise<Date | null> {
  const where = { name, targetId, ownerId: { not: ownerId }, deletedAt: { not: null } };
  const { _max } = await db.service.aggregate({ where, _max: { deletedAt: true } });
  return _max.deletedAt;
}

/**
 * A platform has one name space for the volumes of all its applications: the same name is the same data. Returns the
 * names that belong to another person, through an existing service or through data of a removed one. A concurrent
 * request for the same names waits for the end of the caller's transaction.
 */
async function findForeignVolumes(tx: Tx, names: readonly string[], ownerId: string): Promise<Set<string>> {
  for (const name of names.toSorted())
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`landfall.volume:${name}`}, 0))`;
  const rows = await tx.$queryRaw<{ name: string }[]>`
    SELECT r.external_id AS name FROM resource r JOIN service s ON s.id = r.service_id
      WHERE r.kind = 'volume' AND r.removed_at IS NULL AND r.external_id = ANY(${[...names]}) AND s.owner_id <> ${ownerId}::uuid
    UNION
    SELECT v->>'name' FROM service s, jsonb_array_elements(s.volumes) AS v
      WHERE s.deleted_at IS NULL AND s.driver = ANY(${[...PLATFORM_DRIVERS]}) AND v->>'name' = ANY(${[...names]})
        AND s.owner_id <> ${ownerId}::uuid`;
  return new Set(rows.map(({ name }) => name));
}

/** The same as invalid fields of a service; none for a driver whose volumes have the service's name. */
export async function foreignVolumeErrors(
  tx: Tx,
  { driver, volumes }: Pick<ServiceDraft, "driver"> & { volumes: readonly Volume[] },
  ownerId: string,
): Promise<FieldError[]> {
  if (!isPlatformDriver(driver) || volumes.length === 0) return [];
  const names = volumes.map(({ name }) => name);
  const foreign = await findForeignVolumes(tx, names, ownerId);
  return names.flatMap((name, index) =>
    foreign.has(name) ? [wrongField(["volumes", index, "name"], "name-taken", { name })] : [],
  );
}
