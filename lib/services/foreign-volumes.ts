import type { FieldError } from "@/lib/contracts/problem";
import type { Volume } from "@/lib/contracts/service";
import { STACK_DRIVERS } from "@/lib/contracts/stack-state";
import type { Tx } from "@/lib/platform/db/client";
import { wrongField } from "./draft-fields";
import type { ServiceDraft } from "./service-row";

/**
 * A platform has one name space for the volumes of all its applications: the same name twice is the same data twice.
 * Answers which of these names are another person's, by a service that is there or by data that a removed one left.
 * Whoever asks for the same names at the same time waits until the caller's transaction has ended.
 */
export async function findForeignVolumes(tx: Tx, names: readonly string[], ownerId: string): Promise<Set<string>> {
  for (const name of names.toSorted())
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`landfall.volume:${name}`}, 0))`;
  const rows = await tx.$queryRaw<{ name: string }[]>`
    SELECT r.external_id AS name FROM resource r JOIN service s ON s.id = r.service_id
      WHERE r.kind = 'volume' AND r.removed_at IS NULL AND r.external_id = ANY(${[...names]}) AND s.owner_id <> ${ownerId}::uuid
    UNION
    SELECT v->>'name' FROM service s, jsonb_array_elements(s.volumes) AS v
      WHERE s.deleted_at IS NULL AND s.driver = ANY(${[...STACK_DRIVERS]}) AND v->>'name' = ANY(${[...names]})
        AND s.owner_id <> ${ownerId}::uuid`;
  return new Set(rows.map(({ name }) => name));
}

/** The same as wrong fields of a service; none for a driver whose volumes bear the service's name. */
export async function foreignVolumeErrors(
  tx: Tx,
  { driver, volumes }: Pick<ServiceDraft, "driver"> & { volumes: readonly Volume[] },
  ownerId: string,
): Promise<FieldError[]> {
  if (!STACK_DRIVERS.has(driver) || volumes.length === 0) return [];
  const names = volumes.map(({ name }) => name);
  const foreign = await findForeignVolumes(tx, names, ownerId);
  return names.flatMap((name, index) =>
    foreign.has(name) ? [wrongField(["volumes", index, "name"], "name-taken", { name })] : [],
  );
}
