import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { Problem } from "@/lib/contracts/problem";
import type { MigrationFile } from "@/lib/platform/db/migration-files";
import { entryOfTable, FORMAT, MANIFEST, Manifest, SEALED } from "./manifest";
import { Tally } from "./tables";

/** Enough for keys and a few settings files. */
const SEALED_LIMIT_BYTES = 16_000_000;
const NEWLINE = 10;

export interface CheckedArchive {
  manifest: Manifest;
  sealed: Buffer | null;
  bytes: number;
  sha256: string;
}

/**
 * Reads a whole archive and compares it with its manifest and with the SHA-256 stored beside it. Throws
 * `backup-damaged` with the reason, `backup-newer` for one of a later Landfall. Changes nothing.
 */
export async function checkArchive(file: string, expectedSha256?: string | null): Promise<CheckedArchive> {
  let manifest: Manifest | undefined;
  let sealed: Buffer | null = null;
  const missing = new Set<string>();
  const found = await readArchive(file, async (entry) => {
    if (manifest === undefined) {
      manifest = await parseManifest(entry);
      for (const name of entriesOf(manifest)) missing.add(name);
      return;
    }
    if (!missing.delete(entry.name))
      throw damaged(`${entry.name} is in it, and its manifest does not name that or names it once`);
    if (entry.name === SEALED) sealed = await readSealed(entry, manifest);
    else await checkTable(entry, manifest);
  });
  if (manifest === undefined) throw damaged("it is empty");
  const [lost] = missing;
  if (lost !== undefined) throw damaged(`${lost} is missing`);
  if (expectedSha256 && expectedSha256 !== found.sha256)
    throw damaged("its SHA-256 is not the one that was kept when it was made");
  return { manifest, sealed, ...found };
}

function entriesOf(manifest: Manifest): string[] {
  const tables = manifest.tables.map(({ name }) => entryOfTable(name));
  return manifest.sealed ? [SEALED, ...tables] : tables;
}

async function readSealed({ body }: Entry, { sealed }: Manifest): Promise<Buffer> {
  const bytes = await wholeOf(body, SEALED_LIMIT_BYTES);
  if (createHash("sha256").update(bytes).digest("hex") !== sealed?.sha256) throw damaged(`${SEALED} was changed`);
  return bytes;
}

async function checkTable({ name, body }: Entry, { tables }: Manifest): Promise<void> {
  const table = tables.find((one) => entryOfTable(one.name) === name);
  const hash = createHash("sha256");
  let rows = 0;
  for await (const chunk of body) {
    hash.update(chunk);
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) rows += 1;
  }
  if (hash.digest("hex") !== table?.sha256) throw damaged(`${name} was changed`);
  if (rows !== table.rows) throw damaged(`${name} has ${rows} rows and not ${table.rows}`);
}

/** Throws when the archive has migrations that are not ours: this code cannot create its schema. */
export function checkMigrations({ migrations, contents }: Manifest, files: readonly MigrationFile[]): void {
  const ours = new Map(files.map(({ name, checksum }) => [name, checksum]));
  for (const { name, checksum } of migrations) {
    if (ours.get(name) === checksum) continue;
    const how = ours.has(name) ? `its migration ${name} is another one than ours` : `it has the migration ${name}`;
    throw new Problem("backup-newer", {
      params: { version: contents.version },
      detail: `${how}: restore it with Landfall ${contents.version} or a newer one`,
    });
  }
}

/** Reads only the manifest, which is the first entry. */
export async function readManifest(file: string): Promise<Manifest> {
  let found: Manifest | undefined;
  class Enough extends Error {}
  const stop = new Enough();
  try {
    await readArchive(file, async (entry) => {
      found = await parseManifest(entry);
      throw stop;
    });
  } catch (error) {
    if (found === undefined) throw error;
  }
  if (found === undefined) throw damaged("it is empty");
  return found;
}

/** A manifest of ours is never larger. */
const MANIFEST_LIMIT_BYTES = 4_000_000;

async function parseManifest({ name, body }: Entry): Promise<Manifest> {
  if (name !== MANIFEST) throw damaged(`it begins with ${name} and not with ${MANIFEST}`);
  const text = await wholeOf(body, MANIFEST_LIMIT_BYTES);
  const json = parseJson(text.toString("utf8"));
  if (typeof json?.format === "number" && json.format > FORMAT)
    throw new Problem("backup-newer", { detail: `its format is ${json.format}, this code knows ${FORMAT}` });
  const manifest = Manifest.safeParse(json);
  if (!manifest.success) throw damaged(`${MANIFEST} is not what it should be`, manifest.error);
  return manifest.data;
}

function parseJson(text: string): { format?: unknown } | undefined {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw damaged(`${MANIFEST} is not JSON`, cause);
  }
}

interface Entry {
  name: string;
  body: AsyncIterable<Uint8Array>;
}

/** Reads an archive from beginning to end. Any error in the file is `backup-damaged`. Returns its size and SHA-256. */
export async function readArchive(
  file: string,
  onEntry: (entry: Entry) => Promise<void>,
): Promise<{ bytes: number; sha256: string }> {
  const parser = extract();
  const tally = new Tally();
  // Its streams are not Node's own, but compatible enough.
  const sink = parser as unknown as Writable;
  const flow = pipeline(createReadStream(file), tally, createGunzip(), sink).then(
    () => undefined,
    (error: unknown) => error ?? new Error("cut off"),
  );
  let failure: unknown;
  try {
    for await (const entry of parser) {
      await onEntry({ name: entry.header.name, body: entry as AsyncIterable<Uint8Array> });
      entry.resume();
    }
  } catch (error) {
    failure = error;
    parser.destroy();
  }
  const broken = await flow;
  if (failure instanceof Problem) throw failure;
  if (failure ?? broken) throw damaged("it cannot be unpacked to its end", failure ?? broken);
  return tally.result();
}

async function wholeOf(body: AsyncIterable<Uint8Array>, limitBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > limitBytes) throw damaged("an entry is larger than it may be");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export function damaged(how: string, cause?: unknown): Problem {
  return new Problem("backup-damaged", { detail: how, cause });
}
