import { randomUUID } from "node:crypto";
import { lstat, mkdir, readdir, rename, rm, utimes } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import { ArchiveSummary } from "@/lib/contracts/upload";
import { env } from "@/lib/env";
import { storedBytes } from "./upload-chunks";
import { type CompleteUpload, findCompleteUpload } from "./upload-store";

/** Longer than any deployment, so that none loses its source while it runs. */
const KEPT_UNUSED_MS = 24 * 60 * 60 * 1_000;
const STAGING = /^\.incoming-[0-9a-f]{64}-/;
const UNPACKED = /^[0-9a-f]{64}$/;

/**
 * The folder on this machine that an upload unpacks to; when one folder holds everything, what lies in that. It is
 * shared and must not be written to. Several processes may ask at once: each unpacks beside, the first to be done gives
 * the folder its name, and the others take that one. Throws `source-missing` or `archive-invalid`.
 */
export async function archiveFolder(uploadId: string, signal: AbortSignal): Promise<string> {
  const upload = await completeUpload(uploadId);
  const folder = join(root(), upload.sha256);
  if (!(await isThere(folder))) await unpackTo(folder, upload, signal);
  return folder;
}

/** What is not in that folder: the check at the upload has kept it, as the folder may have been unpacked long ago. */
export async function leftOutOfArchive(uploadId: string): Promise<ArchiveSummary["leftOut"]> {
  return ArchiveSummary.parse((await completeUpload(uploadId)).summary).leftOut;
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

async function unpackTo(folder: string, upload: CompleteUpload, signal: AbortSignal): Promise<void> {
  const staging = join(root(), `.incoming-${upload.sha256}-${randomUUID()}`);
  try {
    await mkdir(staging, { recursive: true, mode: 0o700 });
    // Its libraries are loaded with the first archive.
    const { unpackArchive } = await import("./unpack-archive");
    const bytes = storedBytes(upload.id, Number(upload.bytes));
    const { folder: only } = await unpackArchive(bytes, staging, { signal });
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
