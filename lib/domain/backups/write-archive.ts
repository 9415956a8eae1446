import { createHash } from "node:crypto";
import { join } from "node:path";
import { env } from "@/lib/platform/env";
import { keyRing } from "@/lib/platform/secrets/key-ring";
import { VERSION } from "@/lib/platform/version";
import { machineId } from "@/lib/targets/machine-id";
import { FORMAT, type Manifest } from "./manifest";
import { packArchive } from "./pack";
import { type Sealing, sealContents } from "./sealed-contents";
import { type Snapshot, takeSnapshot } from "./snapshot";
import { ENDING } from "./storage";

interface WriteOptions {
  name: string;
  trigger: string;
  /** An empty one; the archive is made in it. */
  folder: string;
  signal?: AbortSignal;
  report?: (what: string) => void;
}

/** Makes the archive of the database at `url`, as one file in the folder. */
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
