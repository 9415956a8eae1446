import { join } from "node:path";
import type { Client } from "pg";
import { Problem } from "@/lib/contracts/problem";
import { migrate } from "@/lib/platform/db/migrate";
import { connected } from "./databases";
import { type ArchivedSequence, type ArchivedTable, entryOfTable, type Manifest } from "./manifest";
import { damaged, readArchive } from "./read-archive";
import { listTables, nameOf, readTable, type Table, writeTable } from "./tables";

interface LoadOptions {
  signal?: AbortSignal;
  report?: (table: string) => void;
}

/**
 * Fills an empty database from an archive: its own migrations first, then every row in one transaction. Foreign keys
 * are restored and checked after the rows, so the tables may come in any order, and owning the tables is permission
 * enough.
 */
export async function loadArchive(
  url: string,
  file: string,
  manifest: Manifest,
  options: LoadOptions = {},
): Promise<void> {
  const only = new Set(manifest.migrations.map(({ name }) => name));
  await migrate(url, { directory: migrationsDirectory(), only });
  await connected(url, async (client) => {
    const tables = await sameTables(client, manifest);
    await client.query("BEGIN");
    const putBack = await takeApart(client, tables);
    await readArchive(file, async ({ name, body }) => {
      const table = manifest.tables.find((one) => entryOfTable(one.name) === name);
      if (!table) return;
      options.report?.(table.name);
      await writeTable(client, table, body, options.signal);
    });
    await setSequences(client, manifest.sequences);
    await client.query(putBack);
    await client.query("COMMIT");
  });
}

/** Landfall's programs run in its own folder, both in a clone and in the image. */
export function migrationsDirectory(): string {
  return join(process.cwd(), "prisma/migrations");
}

/** Otherwise the rows of a table on one side only would be lost silently. */
async function sameTables(client: Client, manifest: Manifest): Promise<Table[]> {
  const tables = await listTables(client);
  const made = new Map(tables.map((table) => [table.name, new Set(table.columns)]));
  for (const { name, columns } of manifest.tables) {
    const known = made.get(name);
    const strange = known ? columns.find((column) => !known.has(column)) : name;
    if (strange !== undefined) throw notOurs(known ? `${name}.${strange}` : name);
    made.delete(name);
  }
  const [lost] = made.keys();
  if (lost !== undefined) throw damaged(`it has no table ${lost}, which its migrations make`);
  return tables;
}

function notOurs(table: string): Problem {
  return new Problem("backup-differs", {
    params: { table },
    detail: `no migration of Landfall makes ${table}: its database must hold nothing else in the schema public`,
  });
}

/** Empties the tables and drops what would block the rows; returns the SQL that restores it. */
async function takeApart(client: Client, tables: readonly Table[]): Promise<string> {
  const { rows: keys } = await client.query<{ on: string; name: string; definition: string }>(
    `SELECT conrelid::regclass::text AS "on", quote_ident(conname) AS name, pg_get_constraintdef(oid) AS definition
     FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace ORDER BY conrelid, conname`,
  );
  const names = tables.map(({ name }) => nameOf(name));
  await run(client, [
    ...keys.map(({ on, name }) => `ALTER TABLE ${on} DROP CONSTRAINT ${name}`),
    ...names.map((name) => `ALTER TABLE ${name} DISABLE TRIGGER USER`),
    `TRUNCATE ${names.join(", ")}`,
  ]);
  return [
    ...keys.map(({ on, name, definition }) => `ALTER TABLE ${on} ADD CONSTRAINT ${name} ${definition}`),
    ...names.map((name) => `ALTER TABLE ${name} ENABLE TRIGGER USER`),
  ].join(";\n");
}

async function setSequences(client: Client, sequences: readonly ArchivedSequence[]): Promise<void> {
  for (const { name, value, isCalled } of sequences)
    await client.query("SELECT setval($1::regclass, $2::bigint, $3)", [nameOf(name), value, isCalled]);
}

async function run(client: Client, statements: readonly string[]): Promise<void> {
  await client.query(statements.join(";\n"));
}

/** Throws `backup-differs`, naming the first table whose rows differ from the archive's. */
export async function compareWithManifest(
  url: string,
  manifest: Manifest,
  { signal, report }: LoadOptions = {},
): Promise<void> {
  await connected(url, async (client) => {
    const orders = new Map((await listTables(client)).map((table) => [table.name, table.order]));
    for (const archived of manifest.tables) {
      report?.(archived.name);
      const order = orders.get(archived.name);
      const found = order === undefined ? undefined : await readTable(client, { ...archived, order }, { signal });
      if (found?.rows !== archived.rows || found.sha256 !== archived.sha256) throw differs(archived, found);
    }
  });
}

function differs({ name: table, rows }: ArchivedTable, found: ArchivedTable | undefined): Problem {
  const how = found === undefined ? "is missing" : `has ${found.rows} rows, and the archive has ${rows}`;
  const detail =
    found?.rows === rows ? `${table} has the same number of rows (${rows}) with other content` : `${table} ${how}`;
  return new Problem("backup-differs", { params: { table }, detail });
}
