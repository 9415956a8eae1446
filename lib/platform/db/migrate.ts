/*
 * Applies prisma/migrations over a plain connection and records them in the Prisma CLI's table, in its format. The CLI
 * needs a downloaded engine, which a new clone does not have; where it is installed, it can continue from here.
 */

import { randomUUID } from "node:crypto";
import type { Client } from "pg";
import pg from "pg";
import { getConstructionPlans, getMigrationPlans } from "pg-boss";
import manifest from "pg-boss/package.json" with { type: "json" };
import { Problem } from "@/lib/contracts/problem";
import { type ApplicationLogin, ensureApplicationLogin, grantApplication } from "./application-role";
import { type MigrationFile, readMigrationFiles } from "./migration-files";

/** The lock that the Prisma CLI takes too, so that it and starting processes wait for each other. */
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
  /** Stop after these migrations: those of a backup. */
  only?: ReadonlySet<string>;
  /** The role of web and worker, if it is not the role of the address. */
  application?: ApplicationLogin | undefined;
}

/** Migrates a database to the schema of this code. Any number of processes may do so concurrently. */
export async function migrate(
  databaseUrl: string,
  { directory, only, application }: MigrateOptions,
): Promise<{ applied: string[] }> {
  const files = (await readMigrationFiles(directory)).filter(({ name }) => only?.has(name) ?? true);
  const client = new pg.Client({ connectionString: databaseUrl, application_name: "landfall-migrate" });
  await client.connect();
  try {
    // A session lock: closing the connection releases it in any case.
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

/** Refuses a database whose applied migrations are not exactly the first of ours. */
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
 * Installs or upgrades pg-boss's own tables under the migration lock, so that web and worker need no permission to
 * create tables. Its plans have their own transaction.
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
