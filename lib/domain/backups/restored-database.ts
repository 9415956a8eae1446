import { setTimeout as sleep } from "node:timers/promises";
import { type Client, escapeIdentifier } from "pg";
import { Problem } from "@/lib/contracts/problem";
import { SEALED_COLUMNS } from "@/lib/domain/rotation/reseal";
import { migrate } from "@/lib/platform/db/migrate";
import { type Place, sealAnew } from "@/lib/platform/secrets/seal";
import { nameOfMoment } from "./backup-store";
import { connected, createDatabase, databaseOf, dropDatabase, nameBeside, urlOfDatabase } from "./databases";
import { compareWithManifest, loadArchive, migrationsDirectory } from "./load-archive";
import type { Manifest } from "./manifest";

interface BuildOptions {
  file: string;
  manifest: Manifest;
  report?: (what: string) => void;
}

/**
 * Restores an archive into a new database beside the current one, compares every table, migrates it to this code's
 * schema and decrypts every stored secret. Returns its name; after a failure it is removed. The current database, which
 * must have this code's schema too, is only read.
 */
export async function buildRestored(url: string, { file, manifest, report }: BuildOptions): Promise<string> {
  await dropEarlier(url);
  const name = nameBeside(url, `${RESTORED}${nameOfMoment().replace("-", "_")}`);
  const fresh = await createDatabase(url, name);
  try {
    await loadArchive(fresh, file, manifest, { report: (table) => report?.(`restore ${table}`) });
    await compareWithManifest(fresh, manifest, { report: (table) => report?.(`compare ${table}`) });
    await migrate(fresh, { directory: migrationsDirectory() });
    await connected(fresh, openEverySecret);
    await carryBackups(url, fresh);
    await connected(fresh, (client) => client.query("ANALYZE"));
  } catch (error) {
    await dropDatabase(url, name);
    throw error;
  }
  return name;
}

const RESTORED = "restored_";
const BEFORE = "before_";

/** Databases of earlier restores: the current one has been in use since. */
async function dropEarlier(url: string): Promise<void> {
  const prefixes = [RESTORED, BEFORE].map((what) => nameBeside(url, `${what}20000101_000000`).slice(0, -15));
  const { rows } = await connected(url, (client) =>
    client.query<{ name: string }>(
      `SELECT d.datname AS name FROM pg_database d, unnest($1::text[]) AS p(prefix)
       WHERE starts_with(d.datname, p.prefix) AND substr(d.datname, length(p.prefix) + 1) ~ '^[0-9]{8}_[0-9]{6}$'`,
      [prefixes],
    ),
  );
  for (const { name } of rows) await dropDatabase(url, name);
}

/**
 * Throws `backup-key-wrong` at the first text that no key of ours opens. Texts of an older version are bound to their
 * places here, where the archive states each place: afterwards unbound texts are not read.
 */
async function openEverySecret(client: Client): Promise<void> {
  for (const { table, column } of SEALED_COLUMNS) {
    const text = escapeIdentifier(column);
    const { rows } = await client.query<{ id: string; text: string }>(
      `SELECT id::text AS id, ${text} AS text FROM public.${escapeIdentifier(table)} WHERE ${text} IS NOT NULL AND ${text} <> ''`,
    );
    for (const { id, text: sealed } of rows) {
      const anew = openSecret(sealed, { table, column, id });
      if (anew !== sealed)
        await client.query(`UPDATE public.${escapeIdentifier(table)} SET ${text} = $1 WHERE id = $2`, [anew, id]);
    }
  }
}

function openSecret(text: string, place: Place): string {
  const { table } = place;
  try {
    const anew = sealAnew(text, place, { older: true });
    return text.startsWith("3.") ? text : anew;
  } catch (cause) {
    throw new Problem("backup-key-wrong", { params: { table }, detail: `a secret in ${table} does not open`, cause });
  }
}

/** The rows of backups describe the storage, so a restore keeps the current ones. */
async function carryBackups(from: string, to: string): Promise<void> {
  const { rows } = await connected(from, (client) =>
    client.query<{ backups: string }>("SELECT coalesce(json_agg(b), '[]')::text AS backups FROM backup b"),
  );
  await connected(to, (client) =>
    client.query("INSERT INTO backup SELECT * FROM json_populate_recordset(NULL::backup, $1::json)", [
      rows[0]?.backups,
    ]),
  );
}

/** Replaces the database at `url` with `fresh`. Returns the name under which the old one is kept. */
export async function swapIn(url: string, fresh: string): Promise<string> {
  const kept = nameBeside(url, `${BEFORE}${nameOfMoment().replace("-", "_")}`);
  await exchange(url, { present: databaseOf(url), outAs: kept, inFrom: fresh });
  return kept;
}

/** Reverts a swap; the restored database then has its original name again. */
export async function swapBack(url: string, { kept, fresh }: { kept: string; fresh: string }): Promise<void> {
  await exchange(url, { present: databaseOf(url), outAs: fresh, inFrom: kept });
}

const TERMINATE_EVERY_MS = 50;

interface Exchange {
  present: string;
  outAs: string;
  inFrom: string;
}

/**
 * Renames both in one transaction, so that one of them always has the name. The first rename locks the name and waits
 * up to five seconds for other connections to end. Meanwhile they are terminated, and no new ones can be opened.
 */
async function exchange(url: string, names: Exchange): Promise<void> {
  const maintenance = await findMaintenance(url);
  await connected(maintenance, async (renamer) => {
    await connected(maintenance, async (terminator) => {
      let settled = false;
      const renamed = rename(renamer, names).finally(() => {
        settled = true;
      });
      renamed.catch(() => undefined); // awaited below
      while (!settled) {
        await endConnections(terminator, [names.present, names.inFrom]);
        await sleep(TERMINATE_EVERY_MS);
      }
      await renamed;
    });
  });
}

async function rename(client: Client, { present, outAs, inFrom }: Exchange): Promise<void> {
  const [now, out, fresh] = [present, outAs, inFrom].map(escapeIdentifier);
  await client.query("BEGIN");
  await client.query(`ALTER DATABASE ${now} RENAME TO ${out}`);
  await client.query(`ALTER DATABASE ${fresh} RENAME TO ${now}`);
  await client.query("COMMIT");
}

function endConnections(client: Client, databases: readonly string[]): Promise<unknown> {
  return client.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ANY ($1) AND pid <> pg_backend_pid()",
    [databases],
  );
}

/** Databases of every server; we cannot rename the database we are connected to. */
const MAINTENANCE = ["postgres", "template1"];

async function findMaintenance(url: string): Promise<string> {
  const failures: unknown[] = [];
  for (const name of MAINTENANCE) {
    const other = urlOfDatabase(url, name);
    try {
      await connected(other, (client) => client.query("SELECT 1"));
      return other;
    } catch (error) {
      failures.push(error);
    }
  }
  throw new Problem("restore-refused", {
    detail: `The databases are renamed from ${MAINTENANCE.join(" or ")}, and the user of DATABASE_URL may connect to neither.`,
    cause: failures[0],
  });
}
