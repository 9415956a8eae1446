import { dirname, join } from "node:path";
import type { FileEntryWithStats, Stats } from "ssh2";
import { Problem } from "@/lib/contracts/problem";
import type { FileStat } from "../host";
import { writerOf } from "../unfinished-file";
import type { Sftp } from "./sftp";
import { cut } from "./sftp-chunks";

/** With less than this free, what could not be written did not fit. */
const FULL_BYTES = 64 * 1024;

/** The path itself and what it is in, up to the root. */
export function ancestorsOf(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [path, ...ancestorsOf(parent)];
}

/** Asked for all at once, from the root down; what is there already fails, and that is well. */
export async function makeDirectories(sftp: Sftp, path: string): Promise<void> {
  const made = ancestorsOf(path)
    .toReversed()
    .map((folder) => sftp.makeDirectory(folder));
  const results = Promise.allSettled(made);
  const stats = await orAbsent(sftp.stat(path));
  if (stats?.isDirectory()) return;
  const [last] = (await results).toReversed();
  throw last?.status === "rejected" ? last.reason : new Problem("command-failed", { params: { command: "mkdir" } });
}

async function create(sftp: Sftp, path: string): Promise<Buffer> {
  const handle = await orAbsent(sftp.open(path, "new"));
  if (handle) return handle;
  await makeDirectories(sftp, dirname(path));
  return sftp.open(path, "new");
}

/** Writes a new file and returns the host's time, in seconds. All but its opening goes out at once. */
export async function fill(sftp: Sftp, path: string, content: Buffer, mode: number): Promise<number> {
  const handle = await create(sftp, path);
  const [, { mtime }] = await Promise.all([
    // The mode first: what comes then is never anybody else's to read.
    sftp.setMode(handle, mode),
    sftp.statOpen(handle),
    ...cut(content).map(({ piece, from }) => sftp.write(handle, piece, from)),
    sftp.close(handle),
  ]);
  return mtime;
}

/** False when there is something that is not a file. */
export async function removeFile(sftp: Sftp, path: string): Promise<boolean> {
  try {
    await sftp.removeFile(path);
    return true;
  } catch (error) {
    if (codeOf(error) === "EIO") return false;
    if (isAbsent(error)) return true;
    throw error;
  }
}

export async function unfinishedBeside(sftp: Sftp, path: string): Promise<{ path: string; mtime: number }[]> {
  const folder = dirname(path);
  const entries = (await orAbsent(entriesOf(sftp, folder))) ?? [];
  return entries
    .filter(({ filename }) => writerOf(filename, path) !== undefined)
    .map(({ filename, attrs }) => ({ path: join(folder, filename), mtime: attrs.mtime }));
}

export async function entriesOf(sftp: Sftp, path: string): Promise<FileEntryWithStats[]> {
  const handle = await sftp.openDirectory(path);
  return closing(sftp, handle, async () => {
    const entries: FileEntryWithStats[] = [];
    // Two at once: most directories fit into one answer, and the second says that this was all.
    for (;;) {
      const answers = await Promise.all([sftp.readDirectory(handle), sftp.readDirectory(handle)]);
      for (const answer of answers) entries.push(...(answer ?? []));
      if (answers.includes(null)) return entries;
    }
  });
}

export async function closing<T>(sftp: Sftp, handle: Buffer, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    close(sftp, handle);
  }
}

/** Nobody waits for it: the session does it before whatever comes next, and its own end closes all there is. */
export function close(sftp: Sftp, handle: Buffer): void {
  sftp.close(handle).catch(() => {});
}

export async function orAbsent<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

/** A full disk is one of many failures that the protocol has one word for. */
export async function explained(sftp: Sftp, path: string, error: unknown, neededBytes = 0): Promise<unknown> {
  if (codeOf(error) !== "EIO" || !sftp.isOpen) return error;
  const freeBytes = await sftp.diskFreeBytes(dirname(path));
  if (freeBytes > FULL_BYTES + neededBytes) return error;
  return Object.assign(new Error(`ENOSPC: no space left on device ${path}`, { cause: error }), {
    code: "ENOSPC",
    path,
  });
}

export function toFileStat(stats: Stats): FileStat {
  const { size, mode, mtime } = stats;
  return { kind: kindOf(stats), size, mode: mode & 0o7777, modifiedAt: new Date(mtime * 1_000) };
}

function kindOf(stats: Stats): FileStat["kind"] {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "directory";
  return stats.isSymbolicLink() ? "symlink" : "other";
}

function isAbsent(error: unknown): boolean {
  return codeOf(error) === "ENOENT";
}

function codeOf(error: unknown): unknown {
  return (error as NodeJS.ErrnoException).code;
}
