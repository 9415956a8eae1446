import { createHash } from "node:crypto";
import { Transform, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Client, escapeIdentifier } from "pg";
import { from, to } from "pg-copy-streams";
import type { ArchivedSequence, ArchivedTable } from "./manifest";

/** A table in Postgres's catalogue. */
export interface Table {
  name: string;
  /** Without generated columns. */
  columns: string[];
  /** SQL that orders by the primary key, independent of the database's collation. */
  order: string;
}

/**
 * Not in archives: the migrator writes the first, the second describes what is outside the database, and an ended
 * session must not return with a restore.
 */
const LEFT_OUT = ["_prisma_migrations", "backup", "passkey_challenge", "session"];

const TABLES = `
  SELECT c.relname::text AS name,
    array(SELECT a.attname::text FROM pg_attribute a
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum) AS columns,
    coalesce((
      SELECT string_agg(quote_ident(a.attname) || CASE WHEN a.attcollation <> 0 THEN ' COLLATE "C"' ELSE '' END, ', ' ORDER BY k.position)
      FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, position)
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
      WHERE i.indrelid = c.oid AND i.indisprimary
    ), quote_ident(c.relname) || '::text COLLATE "C"') AS "order"
  FROM pg_class c
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> ALL ($1)
  ORDER BY c.relname COLLATE "C"`;

export async function listTables(client: Client): Promise<Table[]> {
  const { rows } = await client.query<Table>(TABLES, [LEFT_OUT]);
  return rows;
}

export async function listSequences(client: Client): Promise<ArchivedSequence[]> {
  const { rows: found } = await client.query<{ name: string }>(
    `SELECT c.relname::text AS name FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'S'
     ORDER BY c.relname COLLATE "C"`,
  );
  const sequences: ArchivedSequence[] = [];
  for (const { name } of found) {
    const { rows } = await client.query<{ value: string; isCalled: boolean }>(
      `SELECT last_value::text AS value, is_called AS "isCalled" FROM public.${escapeIdentifier(name)}`,
    );
    sequences.push(...rows.map((row) => ({ name, ...row })));
  }
  return sequences;
}

/** Writes a table as ordered text, a row per line, and ends the sink. Keeps only a buffer of it in memory. */
export async function readTable(
  client: Client,
  { name, columns, order }: Table,
  options: { sink?: Writable; signal?: AbortSignal } = {},
): Promise<ArchivedTable> {
  const query = to(`COPY (SELECT ${listOf(columns)} FROM ${nameOf(name)} ORDER BY ${order}) TO STDOUT`);
  const tally = new Tally();
  await pipeline(client.query(query), tally, options.sink ?? nowhere(), { signal: options.signal });
  return { name, columns, rows: query.rowCount, ...tally.result() };
}

/** Fills a table from such text; returns the number of rows. */
export async function writeTable(
  client: Client,
  { name, columns }: Pick<Table, "name" | "columns">,
  text: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<number> {
  const query = from(`COPY ${nameOf(name)} (${listOf(columns)}) FROM STDIN`);
  await pipeline(text, client.query(query), { signal });
  return query.rowCount;
}

export function nameOf(table: string): string {
  return `public.${escapeIdentifier(table)}`;
}

function listOf(columns: readonly string[]): string {
  return columns.map(escapeIdentifier).join(", ");
}

/** Passes data through and computes its length and SHA-256. */
export class Tally extends Transform {
  readonly #hash = createHash("sha256");
  #bytes = 0;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: (error: null, chunk: Buffer) => void): void {
    this.#hash.update(chunk);
    this.#bytes += chunk.length;
    done(null, chunk);
  }

  /** Call once, at the end. */
  result(): { bytes: number; sha256: string } {
    return { bytes: this.#bytes, sha256: this.#hash.digest("hex") };
  }
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}
