import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { Client } from "pg";
import { type Pack, pack } from "tar-stream";
import { env } from "@/lib/platform/env";
import { keyRing } from "@/lib/platform/secrets/key-ring";
import { VERSION } from "@/lib/platform/version";
import { machineId } from "@/lib/targets/machine-id";
import { connected } from "./databases";
import {
  type ArchivedSequence,
  type ArchivedTable,
  entryOfTable,
  FORMAT,
  MANIFEST,
  type Manifest,
  SEALED,
} from "./manifest";
import { type Sealing, sealContents } from "./sealed-contents";
import { ENDING } from "./storage";
import { listSequences, listTables, readTable, Tally } from "./tables";

interface WriteOptions {
  name: string;
  trigger: string;
  /** An empty folder for the archive. */
  folder: string;
  signal?: AbortSignal;
  report?: (what: string) => void;
}

/** Creates the archive of the database at `url`, as one file in the folder. */
export async function writeArchive(
  url: string,
  { name, trigger, folder, signal, report }: WriteOptions,
): Promise<{ file: string; bytes: number; sha256: string; manifest: Manifest }> {
  const snapshot = await takeSnapshot(url, folder, { signal, report: (table) => report?.(`save ${table}`) });
  const sealing = await sealContents();
  const manifest: Manifest = {
    format: FORMAT,
    name,
    createdAt: new Date().toISOString(),
    trigger,
    ...snapshot,
    keyFingerprints: keyRing().map(({ id }) => id),
    machine: env.LANDFALL_THIS_MACHINE ? await machineId() : null,
    sealed: describeSealed(sealing),
    contents: describeContents(snapshot, sealing),
  };
  report?.("pack");
  const file = join(folder, `${name}${ENDING}`);
  const packed = await packArchive(file, { manifest, folder, sealed: sealing.sealed?.bytes ?? null, signal });
  return { file, manifest, ...packed };
}

function describeSealed({ sealed }: Sealing): Manifest["sealed"] {
  if (!sealed) return null;
  const { bytes, lock } = sealed;
  return { bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex"), lock };
}

function describeContents(
  { tables, migrations }: Snapshot,
  { key, files, filesLeftOut }: Sealing,
): Manifest["contents"] {
  return {
    version: VERSION,
    tables: tables.length,
    rows: tables.reduce((sum, { rows }) => sum + rows, 0),
    migration: migrations.at(-1)?.name ?? null,
    key,
    files,
    filesLeftOut,
  };
}

interface Snapshot {
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
 * Writes every table of the `public` schema to a file in `folder`, all as of one moment despite concurrent writes. The
 * queue's schema is left out: its messages only say that a service has a deployment to run, which the deployments
 * themselves show too (resumeDeployments in restore-archive.ts).
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

function fileOfTable(folder: string, table: string): string {
  return join(folder, `${encodeURIComponent(table)}.copy`);
}

async function readMigrations(client: Client): Promise<Manifest["migrations"]> {
  const { rows } = await client.query<{ name: string; checksum: string }>(
    `SELECT migration_name AS name, checksum FROM public."_prisma_migrations"
     WHERE rolled_back_at IS NULL AND finished_at IS NOT NULL ORDER BY migration_name COLLATE "C"`,
  );
  return rows;
}

/** Packs a snapshot's files as one .tar.gz, the manifest first; returns its size and SHA-256. */
async function packArchive(
  file: string,
  {
    manifest,
    folder,
    sealed,
    signal,
  }: { manifest: Manifest; folder: string; sealed: Buffer | null; signal?: AbortSignal },
): Promise<{ bytes: number; sha256: string }> {
  const tar = pack();
  const tally = new Tally();
  const packed = pipeline(tar as AsyncIterable<Buffer>, createGzip(), tally, createWriteStream(file, { mode: 0o600 }), {
    signal,
  });
  const mtime = new Date(manifest.createdAt);
  const fill = async () => {
    tar.entry({ name: MANIFEST, mode: 0o600, mtime }, JSON.stringify(manifest, null, 2));
    if (sealed) tar.entry({ name: SEALED, mode: 0o600, mtime }, sealed);
    for (const { name, bytes } of manifest.tables) {
      await addFile(tar, { name: entryOfTable(name), size: bytes, mode: 0o600, mtime }, fileOfTable(folder, name));
    }
    tar.finalize();
  };
  await Promise.all([packed, fill()]);
  return tally.result();
}

async function addFile(tar: Pack, header: Parameters<Pack["entry"]>[0], path: string): Promise<void> {
  const entry = tar.entry(header);
  // Its streams are not Node's own, but compatible enough.
  await pipeline(createReadStream(path), entry as unknown as NodeJS.WritableStream);
}
