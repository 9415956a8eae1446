import { createWriteStream } from "node:fs";
import { join } from "node:path";
import type { Client } from "pg";
import { connected } from "./connect";
import { readTable } from "./copy-table";
import type { ArchivedSequence, ArchivedTable, Manifest } from "./manifest";
import { listSequences, listTables } from "./tables";

export interface Snapshot {
  postgres: string;
  migrations: Manifest["migrations"];
  tables: ArchivedTable[];
  sequences: ArchivedSequence[];
}

interface SnapshotOptions {
  signal?: AbortSignal;
  report?: (table: string) => void;
}

/**
 * Writes every table of the `public` schema to a file of its own in `folder`, as they all were at one moment, whatever
 * is written meanwhile. The queue's schema is left out: its messages only say that a service has a deployment to run,
 * which the deployments themselves say too (resume-deployments.ts).
 */
export function takeSnapshot(url: string, folder: string, options: SnapshotOptions = {}): Promise<Snapshot> {
  return connected(url, async (client) => {
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    const { rows } = await client.query<{ server_version: string }>("SHOW server_version");
    const snapshot = {
      postgres: rows[0]?.server_version ?? "",
      migrations: await readMigrations(client),
      sequences: await listSequences(client),
      tables: await writeTables(client, folder, options),
    };
    await client.query("COMMIT");
    return snapshot;
  });
}

async function writeTables(
  client: Client,
  folder: string,
  { signal, report }: SnapshotOptions,
): Promise<ArchivedTable[]> {
  const written: ArchivedTable[] = [];
  for (const table of await listTables(client)) {
    report?.(table.name);
    const sink = createWriteStream(fileOfTable(folder, table.name), { mode: 0o600 });
    written.push(await readTable(client, table, { sink, signal }));
  }
  return written;
}

export function fileOfTable(folder: string, table: string): string {
  return join(folder, `${encodeURIComponent(table)}.copy`);
}

async function readMigrations(client: Client): Promise<Manifest["migrations"]> {
  const { rows } = await client.query<{ name: string; checksum: string }>(
    `SELECT migration_name AS name, checksum FROM public."_prisma_migrations"
     WHERE rolled_back_at IS NULL AND finished_at IS NOT NULL ORDER BY migration_name COLLATE "C"`,
  );
  return rows;
}
