import { createHash } from "node:crypto";
import { Problem } from "@/lib/contracts/problem";
import type { MigrationFile } from "@/lib/platform/db/migration-files";
import { entryOfTable, type Manifest, SEALED } from "./manifest";
import { damaged, type Entry, parseManifest, readArchive, wholeOf } from "./read-archive";

/** Keys and a few files of settings. */
export const SEALED_LIMIT_BYTES = 16_000_000;
const NEWLINE = 10;

export interface CheckedArchive {
  manifest: Manifest;
  sealed: Buffer | null;
  bytes: number;
  sha256: string;
}

/**
 * Reads all of an archive and holds it against its manifest, and against the SHA-256 that was kept beside it. Throws
 * `backup-damaged` with what is wrong, `backup-newer` for one of a later Landfall. Touches nothing.
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

/** Throws when the archive's migrations are not all ours: its schema is one that this code cannot make. */
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
