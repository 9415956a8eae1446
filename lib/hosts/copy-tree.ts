import { chmodSync, closeSync, constants } from "node:fs";
import { chmod, copyFile, lstat, mkdir, readdir, rename, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { PutTreeOptions, PutTreeResult, SourceTree, TreeEntry } from "./host";
import { openSourceFile } from "./open-source";
import { stagingPath } from "./staging-path";

const COPIED_AT_ONCE = 16;

/**
 * Copies a tree into a directory beside its place and renames it there, so that it appears whole or not at all.
 * Every file is a copy of its own, made by cloning its blocks where the file system can: with a hard link, a service
 * that writes into its files would change the source or an older release. And every file comes from the source, even
 * when `base` has it: on one machine that costs the same, and what the base's service wrote cannot slip in.
 */
export async function copyTree(tree: SourceTree, to: string, options: PutTreeOptions): Promise<PutTreeResult> {
  const staging = stagingPath(to);
  await removeTree(staging);
  await mkdir(dirname(staging), { recursive: true });
  // What is inside is nobody's business but of those who are let in later.
  await mkdir(staging, { mode: 0o700 });
  try {
    await makeDirectories(tree, staging);
    const result = await copyFiles(tree, staging, options);
    await setDirectoryModes(tree, staging);
    await rename(staging, to);
    return result;
  } catch (error) {
    await removeTree(staging);
    throw error;
  }
}

/** Entries are in path order, so a parent comes before what is in it. */
async function makeDirectories(tree: SourceTree, staging: string): Promise<void> {
  for (const { kind, path } of tree.entries) {
    if (kind === "directory") await mkdir(join(staging, path), { mode: 0o700 });
  }
}

/** Last and from the leaves up: nothing can be written into a read-only directory. */
async function setDirectoryModes(tree: SourceTree, staging: string): Promise<void> {
  for (const { kind, path, mode } of tree.entries.toReversed()) {
    if (kind === "directory") await chmod(join(staging, path), mode);
  }
}

async function copyFiles(tree: SourceTree, staging: string, options: PutTreeOptions): Promise<PutTreeResult> {
  const known = new Map(options.base?.entries.map((entry) => [entry.path, entry.digest]));
  const wanted = tree.entries.filter(({ kind }) => kind !== "directory");
  const result: PutTreeResult = { files: 0, bytes: 0, sentFiles: 0, sentBytes: 0 };
  const total = { totalBytes: tree.bytes, totalFiles: wanted.length };
  let next = 0;
  const work = async () => {
    for (let entry = wanted[next++]; entry; entry = wanted[next++]) {
      options.signal?.throwIfAborted();
      await copyEntry(entry, tree.root, staging);
      count(result, entry, known.get(entry.path) !== entry.digest);
      options.onProgress?.({ bytes: result.bytes, files: result.files, ...total });
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: COPIED_AT_ONCE }, work));
  const failed = workers.find((worker) => worker.status === "rejected");
  if (failed) throw failed.reason;
  return result;
}

function count(result: PutTreeResult, entry: TreeEntry, sent: boolean): void {
  result.files += 1;
  result.bytes += entry.size;
  if (!sent) return;
  result.sentFiles += 1;
  result.sentBytes += entry.size;
}

async function copyEntry(entry: TreeEntry, root: string, staging: string): Promise<void> {
  const to = join(staging, entry.path);
  if (entry.kind === "symlink") return symlink(entry.digest, to);
  const file = openSourceFile(root, entry.path);
  try {
    await copyFile(`/proc/self/fd/${file}`, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  } finally {
    closeSync(file);
  }
  // Also takes away what the copy must not have: set-user-id on a file that this user now owns.
  chmodSync(to, entry.mode);
}

/** Removes a file or a tree, also one with directories that were made read-only; nothing there is success. */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EACCES" && code !== "EPERM") throw error;
    await makeWritable(path);
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function makeWritable(path: string): Promise<void> {
  if (!(await lstat(path)).isDirectory()) return;
  await chmod(path, 0o700);
  for (const name of await readdir(path)) await makeWritable(join(path, name));
}
