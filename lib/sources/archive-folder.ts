import { randomUUID } from "node:crypto";
import { lstat, mkdir, readdir, rename, rm, utimes } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import { ArchiveSummary } from "@/lib/contracts/upload";
import { env } from "@/lib/platform/env";
import { archiveLimits } from "./archive-limits";
import { storedBytes } from "./upload-chunks";
import { type CompleteUpload, findCompleteUpload } from "./upload-store";

/** Longer than any deployment, so that none loses its source while it runs. */
const KEPT_UNUSED_MS = 24 * 60 * 60 * 1_000;
/** A file or a link takes whole blocks of a disk. */
const BLOCK_BYTES = 4096;
const STAGING = /^\.incoming-[0-9a-f]{64}-/;
const UNPACKED = /^[0-9a-f]{64}$/;

/**
 * The folder on this machine that an upload unpacks to; when one folder holds everything, what lies in that. It is
 * shared and must not be written to. Several processes may ask at once: each unpacks beside, the first to be done gives
 * the folder its name, and the others take that one. Throws `source-missing`, `archive-invalid`, `storage-full`, or what
 * `hasRoom` throws, which is asked before anything is unpacked.
 */
export async function archiveFolder(uploadId: string, signal: AbortSignal, hasRoom?: HasRoom): Promise<string> {
  const upload = await completeUpload(uploadId);
  const folder = join(root(), upload.sha256);
  if (!(await isThere(folder))) await unpackTo(folder, upload, signal, hasRoom);
  return folder;
}

/** Null for a size that is not known. */
type HasRoom = (need: { path: string; bytes: number | null }) => Promise<void>;

/** What is not in that folder: the check at the upload has kept it, as the folder may have been unpacked long ago. */
export async function leftOutOfArchive(uploadId: string): Promise<ArchiveSummary["leftOut"]> {
  const { summary } = await completeUpload(uploadId);
  return ArchiveSummary.safeParse(summary).data?.leftOut ?? { count: 0, names: [] };
}

async function completeUpload(uploadId: string): Promise<CompleteUpload> {
  const upload = await findCompleteUpload(uploadId);
  if (upload) return upload;
  throw new Problem("source-missing", { params: { path: uploadId }, detail: "the upload is gone" });
}

function root(): string {
  return join(env.LANDFALL_DATA_DIR, "archives");
}

/** Its time is when it was used last. */
async function isThere(folder: string): Promise<boolean> {
  const now = new Date();
  return (await utimes(folder, now, now).catch(unlessAbsent)) !== null;
}

function unlessAbsent(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT") return null;
  throw error;
}

async function unpackTo(folder: string, upload: CompleteUpload, signal: AbortSignal, hasRoom?: HasRoom): Promise<void> {
  // The check at the upload has inflated and counted all of it: what the archive says of itself is not relied on.
  const { unpackedBytes, files } = ArchiveSummary.safeParse(upload.summary).data ?? {};
  const bytes = unpackedBytes === undefined || files === undefined ? null : unpackedBytes + files * BLOCK_BYTES;
  await hasRoom?.({ path: root(), bytes });
  const staging = join(root(), `.incoming-${upload.sha256}-${randomUUID()}`);
  try {
    await mkdir(staging, { recursive: true, mode: 0o700 });
    // Its libraries are loaded with the first archive.
    const { unpackArchive } = await import("./unpack-archive");
    const stored = storedBytes(upload.id, Number(upload.bytes));
    const { folder: only } = await unpackArchive(stored, staging, { limits: archiveLimits(), signal });
    await takePlace(only === null ? staging : join(staging, only), folder);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw code === "ENOSPC" || code === "EDQUOT"
      ? new Problem("storage-full", { detail: message, cause: error })
      : error;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Somebody else may have been faster: what they made is the same. */
async function takePlace(unpacked: string, folder: string): Promise<void> {
  await rename(unpacked, folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
  });
  await isThere(folder);
}

/** Removes what this machine has not used for a day, and what processes that were killed left half unpacked. */
export async function pruneArchiveFolders(now = new Date()): Promise<void> {
  const names = (await readdir(root()).catch(unlessAbsent)) ?? [];
  for (const name of names.filter((name) => UNPACKED.test(name) || STAGING.test(name))) {
    const path = join(root(), name);
    const found = await lstat(path).catch(unlessAbsent); // another process was faster
    if (found && now.getTime() - found.mtimeMs > KEPT_UNUSED_MS) await rm(path, { recursive: true, force: true });
  }
}
