import { execFile } from "node:child_process";
import { chmodSync, closeSync, constants } from "node:fs";
import { chmod, copyFile, lstat, mkdir, readdir, rename, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { Problem } from "@/lib/contracts/problem";
import { unlessAbsent } from "./absent";
import type { PutTreeOptions, PutTreeResult, SourceTree, TreeEntry } from "./host";
import { openSourceFile } from "./source-access";
import { stagingPath } from "./unfinished";

const COPIED_AT_ONCE = 16;

/**
 * Copies a tree into a directory beside its place and renames it there, so that it appears whole or not at all. Every
 * file is a copy of its own, created by cloning its blocks where the file system can: with a hard link, a service that
 * writes into its files would change the source or an older release. And every file comes from the source, even when
 * `base` has it: on one machine that costs the same, and changes by the base's service are not copied.
 */
export async function copyTree(tree: SourceTree, to: string, options: PutTreeOptions): Promise<PutTreeResult> {
  const staging = stagingPath(to);
  await removeTree(staging);
  await mkdir(dirname(staging), { recursive: true });
  // No one may enter but those who are granted access later.
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

/** Entries are in path order, so a parent comes before its children. */
async function makeDirectories(tree: SourceTree, staging: string): Promise<void> {
  for (const { kind, path } of tree.entries) {
    if (kind === "directory") await mkdir(join(staging, path), { mode: 0o700 });
  }
}

/** Runs last, and from the leaves up: nothing can be written into a read-only directory. */
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
  // Also clears set-user-id, which must not be on a file that this user now owns.
  chmodSync(to, entry.mode);
}

const run = promisify(execFile);
const REMOVAL_TRIES = 4;
const REMOVAL_WAIT_MS = 100;

/**
 * Removes a file or a tree, also one with read-only directories; nothing there is success. A tree may belong to a service
 * that runs and replaces a folder by a link while root walks through it: Node's own removal goes by paths and would follow
 * the link anywhere; `rm` keeps the folder that it is in open and does not.
 */
export async function removeTree(path: string): Promise<void> {
  const found = await lstat(path).catch(unlessAbsent);
  if (found === null) return;
  if (!found.isDirectory()) return rm(path, { force: true });
  for (let tries = 1; ; tries += 1) {
    const failure = await run("rm", ["-rf", "--", path]).then(
      () => null,
      (error: Error & { stderr?: string }) => error,
    );
    if (failure === null) return;
    // Root needs no permission, and changing modes by paths would follow links as well.
    if (process.getuid?.() !== 0) await makeWritable(path);
    // A process that still writes there ends in a moment.
    if (tries === REMOVAL_TRIES) {
      const detail = failure.stderr?.trim().split("\n").at(-1);
      throw new Problem("command-failed", { params: { command: "rm" }, detail, cause: failure });
    }
    await sleep(REMOVAL_WAIT_MS * tries);
  }
}

/** A directory whose mode cannot be changed fails when it is removed. */
async function makeWritable(path: string): Promise<void> {
  const found = await lstat(path).catch(unlessAbsent);
  if (!found?.isDirectory()) return;
  await chmod(path, 0o700).catch(() => {});
  for (const name of await readdir(path).catch(() => [])) await makeWritable(join(path, name));
}
