import type { Client } from "pg";
import { getConstructionPlans, getMigrationPlans } from "pg-boss";
import manifest from "pg-boss/package.json" with { type: "json" };
import { Problem } from "@/lib/contracts/problem";

const SCHEMA = "pgboss";

/**
 * Installs or upgrades pg-boss's own tables under the migrator's lock, so that no web or worker needs the right to
 * create anything. Its plans bring their own transaction.
 */
export async function migrateQueue(client: Client): Promise<void> {
  const wanted = manifest.pgboss.schema;
  const installed = await installedVersion(client);
  if (installed === wanted) return;
  if (installed !== null && installed > wanted) throw newerQueue(installed, wanted);
  await client.query(installed === null ? getConstructionPlans(SCHEMA) : getMigrationPlans(SCHEMA, installed));
}

async function installedVersion(client: Client): Promise<number | null> {
  const table = await client.query<{ present: boolean }>("SELECT to_regclass($1) IS NOT NULL AS present", [
    `${SCHEMA}.version`,
  ]);
  if (!table.rows[0]?.present) return null;
  const { rows } = await client.query<{ version: number }>(`SELECT version FROM ${SCHEMA}.version`);
  return rows[0]?.version ?? null;
}

function newerQueue(installed: number, wanted: number): Problem {
  return new Problem("database-newer", {
    params: { migration: `pgboss ${installed}` },
    detail: `The database is newer than this code (its queue has version ${installed}, this code knows ${wanted}): start the newer Landfall, or restore a backup from before the upgrade.`,
  });
}
