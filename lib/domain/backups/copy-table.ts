import { createHash } from "node:crypto";
import { Transform, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Client, escapeIdentifier } from "pg";
import { from, to } from "pg-copy-streams";
import type { ArchivedTable } from "./manifest";
import type { Table } from "./tables";

/** So that the same rows are the same bytes in every database: whatever the server or its roles prefer. */
export const SAME_EVERYWHERE = `
  SET datestyle TO 'ISO, MDY'; SET intervalstyle TO 'iso_8601'; SET timezone TO 'UTC'; SET bytea_output TO 'hex';
  SET extra_float_digits TO 1; SET statement_timeout TO 0; SET idle_in_transaction_session_timeout TO 0`;

/** Writes a table as text, ordered, a row per line; the sink (nothing when absent) is ended. Holds no more than a buffer of it. */
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

/** Fills a table from such text; answers how many rows came. */
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

/** Passes everything on, and knows its length and SHA-256 afterwards. */
export class Tally extends Transform {
  readonly #hash = createHash("sha256");
  #bytes = 0;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: (error: null, chunk: Buffer) => void): void {
    this.#hash.update(chunk);
    this.#bytes += chunk.length;
    done(null, chunk);
  }

  /** Once, at the end. */
  result(): { bytes: number; sha256: string } {
    return { bytes: this.#bytes, sha256: this.#hash.digest("hex") };
  }
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}
