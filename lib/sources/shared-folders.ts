import { randomUUID } from "node:crypto";
import { lstat, mkdir, readdir, rename, rm, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Problem } from "@/lib/contracts/problem";

/**
 * Folders of this machine that several processes read and any of them may write: unpacked archives and checkouts. Each
 * process writes a folder of its own, the first one to finish renames it, and the others use that. The time of a folder
 * is when it was last used.
 */

/** Longer than any deployment takes, so that a running one keeps its folder. */
const KEPT_UNUSED_MS = 24 * 60 * 60 * 1_000;
/** Folders that are being written or removed, and what killed processes left of them. */
const UNFINISHED = /^\.incoming-/;

function stagingIn(folder: string): string {
  return join(folder, `.incoming-${randomUUID()}`);
}

/**
 * A path beside the finished folders, for `work` alone, which creates it; what `work` did not publish is removed. Throws
 * `storage-full` when the disk is.
 */
export async function withStaging<T>(folder: string, work: (staging: string) => Promise<T>): Promise<T> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const staging = stagingIn(folder);
  try {
    return await work(staging);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== "ENOSPC" && code !== "EDQUOT") throw error;
    throw new Problem("storage-full", { detail: message, cause: error });
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Sets the time of the folder. False when there is no such folder. */
export async function markUsed(folder: string): Promise<boolean> {
  const now = new Date();
  return (await utimes(folder, now, now).catch(unlessAbsent)) !== null;
}

/** Another process may have been faster: its folder has the same content. */
export async function publish(written: string, folder: string): Promise<void> {
  await rename(written, folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
  });
  await markUsed(folder);
}

/** Removes the folders of these names that were not used for a day, and the unfinished ones of killed processes. */
export async function pruneUnused(folder: string, names: RegExp): Promise<void> {
  const found = (await readdir(folder).catch(unlessAbsent)) ?? [];
  for (const name of found.filter((name) => names.test(name) || UNFINISHED.test(name))) {
    const path = join(folder, name);
    const seen = await lstat(path).catch(unlessAbsent); // another process was faster
    if (seen && Date.now() - seen.mtimeMs > KEPT_UNUSED_MS) await removeWhole(path);
  }
}

/** Removes a folder under another name, so that no process finds a part of it. */
export async function removeWhole(folder: string): Promise<void> {
  const aside = stagingIn(dirname(folder));
  if ((await rename(folder, aside).catch(unlessAbsent)) !== null) await rm(aside, { recursive: true, force: true });
}

export function unlessAbsent(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT") return null;
  throw error;
}
