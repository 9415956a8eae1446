import { randomBytes } from "node:crypto";
import { Client, escapeIdentifier } from "pg";
import { Problem } from "@/lib/contracts/problem";

/** A separate connection for the duration of the work. It reads and writes the same text in every database. */
export async function connected<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, application_name: "landfall-backup" });
  client.on("error", () => undefined); // the query that runs then rejects with it
  await client.connect();
  try {
    await client.query(SAME_EVERYWHERE);
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Makes equal rows equal bytes in every database, whatever the settings of the server or its roles. */
const SAME_EVERYWHERE = `
  SET datestyle TO 'ISO, MDY'; SET intervalstyle TO 'iso_8601'; SET timezone TO 'UTC'; SET bytea_output TO 'hex';
  SET extra_float_digits TO 1; SET statement_timeout TO 0; SET idle_in_transaction_session_timeout TO 0`;

/** Does the work with an empty database on the same server, and always removes that database. */
export async function withScratchDatabase<T>(url: string, work: (scratchUrl: string) => Promise<T>): Promise<T> {
  const prefix = nameBeside(url, "proof_00000000").slice(0, -8);
  await connected(url, (client) => dropLeftovers(client, prefix));
  const name = `${prefix}${randomBytes(4).toString("hex")}`;
  const scratchUrl = await createDatabase(url, name);
  try {
    return await work(scratchUrl);
  } finally {
    await dropDatabase(url, name);
  }
}

/** An empty UTF-8 database. Throws `backup-unprovable` when the user may not create databases. */
export async function createDatabase(url: string, name: string): Promise<string> {
  await connected(url, (client) =>
    client.query(`CREATE DATABASE ${escapeIdentifier(name)} TEMPLATE template0 ENCODING 'UTF8'`),
  ).catch(mayNot);
  return urlOfDatabase(url, name);
}

export async function dropDatabase(url: string, name: string): Promise<void> {
  await connected(url, (client) => client.query(`DROP DATABASE IF EXISTS ${escapeIdentifier(name)} WITH (FORCE)`));
}

/** Begins with the database's own name, so that several Landfalls on one server each know their own. */
export function nameBeside(url: string, what: string): string {
  return `${databaseOf(url).slice(0, NAME_LIMIT - what.length - 1)}_${what}`;
}

export function urlOfDatabase(url: string, database: string): string {
  const other = new URL(url);
  other.pathname = `/${encodeURIComponent(database)}`;
  return other.href;
}

export function databaseOf(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice(1));
}

const INSUFFICIENT_PRIVILEGE = "42501";
const IN_USE = "55006";
/** Postgres truncates longer names, which would then not match ours. */
const NAME_LIMIT = 63;

/** Removes databases of processes that died; one that is in use belongs to a running process. */
async function dropLeftovers(client: Client, prefix: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT datname AS name FROM pg_database WHERE starts_with(datname, $1) AND length(datname) = length($1) + 8
     AND NOT EXISTS (SELECT 1 FROM pg_stat_activity a WHERE a.datname = pg_database.datname)`,
    [prefix],
  );
  for (const { name } of rows) {
    await client.query(`DROP DATABASE IF EXISTS ${escapeIdentifier(name)}`).catch((error: { code?: string }) => {
      if (error.code !== IN_USE && error.code !== INSUFFICIENT_PRIVILEGE) throw error;
    });
  }
}

function mayNot(error: { code?: string; message?: string }): never {
  if (error.code !== INSUFFICIENT_PRIVILEGE) throw error;
  throw new Problem("backup-unprovable", { detail: error.message, cause: error });
}
