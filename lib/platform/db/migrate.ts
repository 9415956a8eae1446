/*
 * Applies prisma/migrations over a plain connection and keeps the table the Prisma CLI keeps, in its format: the CLI
 * needs a downloaded engine, a clone must start without one, and whoever has the CLI can go on with it.
 */

import { randomUUID } from "node:crypto";
import type { Client } from "pg";
import pg from "pg";
import { getConstructionPlans, getMigrationPlans } from "pg-boss";
import manifest from "pg-boss/package.json" with { type: "json" };
import { Problem } from "@/lib/contracts/problem";
import { type ApplicationLogin, ensureApplicationLogin, grantApplication } from "./application-role";
import { type MigrationFile, readMigrationFiles } from "./migration-files";

/** The lock the Prisma CLI takes as well, so that it and two starting processes wait for each other. */
const MIGRATION_LOCK = 72_707_369;

const CREATE_HISTORY = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL,
  "checksum" VARCHAR(64) NOT NULL,
  "finished_at" TIMESTAMPTZ,
  "migration_name" VARCHAR(255) NOT NULL,
  "logs" TEXT,
  "rolled_back_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "applied_steps_count" INTEGER NOT NULL DEFAULT 0
)`;

interface AppliedMigration {
  migration_name: string;
  checksum: string;
  finished_at: Date | null;
}

interface MigrateOptions {
  directory: string;
  /** The migrations to stop at: those of a database that was saved. */
  only?: ReadonlySet<string>;
  /** The role that web and worker sign in as, where that is another than the one of the address. */
  application?: ApplicationLogin | undefined;
}

/** Brings a database to this code's schema. Safe to run by any number of processes at once. */
export async function migrate(
  databaseUrl: string,
  { directory, only, application }: MigrateOptions,
): Promise<{ applied: string[] }> {
  const files = (await readMigrationFiles(directory)).filter(({ name }) => only?.has(name) ?? true);
  const client = new pg.Client({ connectionString: databaseUrl, application_name: "landfall-migrate" });
  await client.connect();
  try {
    // Held by the session: ending the connection gives it back, whatever happens before.
    await client.query("SELECT pg_advisory_lock($1)", [MIGRATION_LOCK]);
    if (application) await ensureApplicationLogin(client, application);
    const result = await applyMissing(client, files);
    await grantApplication(client);
    return result;
  } finally {
    await client.end();
  }
}

async function applyMissing(client: pg.Client, files: MigrationFile[]): Promise<{ applied: string[] }> {
  await client.query(CREATE_HISTORY);
  const { rows } = await client.query<AppliedMigration>(
    'SELECT migration_name, checksum, finished_at FROM "_prisma_migrations" WHERE rolled_back_at IS NULL',
  );
  refuseForeignHistory(rows, files);
  const known = new Set(rows.map((row) => row.migration_name));
  const missing = files.filter((file) => !known.has(file.name));
  for (const file of missing) await applyMigration(client, file);
  await migrateQueue(client);
  return { applied: missing.map((file) => file.name) };
}

/** Nothing is written to a database whose past is not exactly the beginning of ours. */
function refuseForeignHistory(applied: AppliedMigration[], files: MigrationFile[]): void {
  const ours = new Map(files.map((file) => [file.name, file]));
  for (const row of applied) {
    const name = row.migration_name;
    const file = ours.get(name);
    if (file === undefined) throw newerDatabase(name);
    if (row.finished_at === null) throw halfApplied(name);
    if (file.checksum !== row.checksum) throw changedMigration(name);
  }
}

async function applyMigration(client: pg.Client, file: MigrationFile): Promise<void> {
  const startedAt = new Date();
  try {
    await client.query("BEGIN");
    await client.query(file.sql);
    await client.query(
      `INSERT INTO "_prisma_migrations" (id, checksum, finished_at, migration_name, started_at, applied_steps_count)
       VALUES ($1, $2, clock_timestamp(), $3, $4, 1)`,
      [randomUUID(), file.checksum, file.name, startedAt],
    );
    await client.query("COMMIT");
  } catch (cause) {
    await client.query("ROLLBACK");
    throw failedMigration(file.name, cause);
  }
}

function newerDatabase(migration: string): Problem {
  return new Problem("database-newer", {
    params: { migration },
    detail: `The database is newer than this code (it has the migration ${migration}): start the newer Landfall, or restore a backup from before the upgrade.`,
  });
}

function changedMigration(migration: string): Problem {
  return new Problem("migration-changed", {
    params: { migration },
    detail: `The migration ${migration} was changed after it was applied: restore its file, and put the change into a new migration.`,
  });
}

function halfApplied(migration: string): Problem {
  return new Problem("migration-failed", {
    params: { migration },
    detail: `The migration ${migration} was begun by another tool and did not finish: resolve it with that tool (prisma migrate resolve), then start again.`,
  });
}

function failedMigration(migration: string, cause: unknown): Problem {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Problem("migration-failed", {
    params: { migration },
    detail: `The migration ${migration} failed and was taken back, nothing has changed: ${reason}.`,
    cause,
  });
}

const SCHEMA = "pgboss";

/**
 * Installs or upgrades pg-boss's own tables under the migrator's lock, so that no web or worker needs the right to
 * create anything. Its plans bring their own transaction.
 */
async function migrateQueue(client: Client): Promise<void> {
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
