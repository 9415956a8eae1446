import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import type { FileEntryWithStats, Stats } from "ssh2";
import { Problem } from "@/lib/contracts/problem";
import type { FileStat } from "../host";
import { unfinishedFile, writerOf } from "../unfinished";
import type { RemoteShell } from "./remote-shell";
import { cut, readChunks, type Sftp, type WriteOptions, writeChunks } from "./sftp";
import type { SharedSftp } from "./shared-sftp";

/** A file being written keeps growing. An older one was abandoned by a writer that lost its connection. */
const ABANDONED_SECONDS = 60;

/** The files of a server, as root sees them. Operations that are safe to repeat are retried once after a lost connection. */
export class RemoteFiles {
  readonly #sftp: SharedSftp;
  readonly #shell: RemoteShell;

  constructor(sftp: SharedSftp, shell: RemoteShell) {
    this.#sftp = sftp;
    this.#shell = shell;
  }

  read(path: string): Promise<Buffer> {
    return this.#sftp.repeatable(async (sftp) => {
      const handle = await sftp.open(path, "read");
      return closing(sftp, handle, async () => Buffer.concat(await Array.fromAsync(readChunks(sftp, handle))));
    });
  }

  /** After the opening, a lost connection is the stream's error. */
  openRead(path: string, { start, end }: { start?: number; end?: number } = {}): Promise<Readable> {
    return this.#sftp.repeatable(async (sftp, connection) => {
      const handle = await sftp.open(path, "read");
      const lease = connection.lease();
      return Readable.from(readChunks(sftp, handle, start, end), { objectMode: false }).once("close", () => {
        close(sftp, handle);
        lease.release();
      });
    });
  }

  write(path: string, content: string | Buffer, mode = 0o644): Promise<void> {
    return this.#sftp.repeatable(async (sftp) => {
      const beside = unfinishedFile(path);
      const bytes = Buffer.from(content);
      try {
        const [others, now] = await Promise.all([unfinishedBeside(sftp, path), fill(sftp, beside, bytes, mode)]);
        const abandoned = others.filter(({ mtime }) => now - mtime > ABANDONED_SECONDS);
        await Promise.all([sftp.rename(beside, path), ...abandoned.map((other) => removeFile(sftp, other.path))]);
      } catch (error) {
        if (sftp.isOpen) await removeFile(sftp, beside);
        throw await explained(sftp, path, error, bytes.length);
      }
    });
  }

  /** See `TransferRemote.upload`. Nothing is retried: the caller knows how far the upload has come. */
  upload(path: string, position: number, chunks: AsyncIterable<Buffer>, options: WriteOptions = {}): Promise<void> {
    return this.#sftp.once(async (sftp) => {
      const handle = await sftp.open(path, "keep");
      try {
        await closing(sftp, handle, () => writeChunks(sftp, { handle, position }, chunks, options));
      } catch (error) {
        throw await explained(sftp, path, error);
      }
    });
  }

  stat(path: string): Promise<FileStat | null> {
    return this.#sftp.repeatable(async (sftp) => {
      const stats = await orAbsent(sftp.statLink(path));
      return stats && toFileStat(stats);
    });
  }

  list(path: string): Promise<string[]> {
    return this.#sftp.repeatable(async (sftp) => (await entriesOf(sftp, path)).map(({ filename }) => filename).sort());
  }

  makeDirectory(path: string): Promise<void> {
    return this.#sftp.repeatable((sftp) => makeDirectories(sftp, path));
  }

  async remove(path: string): Promise<void> {
    const isRemoved = await this.#sftp.repeatable(async (sftp) => {
      // Another process that is still writing would recreate the file.
      const [removed, unfinished] = await Promise.all([removeFile(sftp, path), unfinishedBeside(sftp, path)]);
      await Promise.all(unfinished.map((other) => removeFile(sftp, other.path)));
      return removed;
    });
    if (isRemoved) return;
    const { exitCode, stderr } = await this.#shell.run({ args: ["rm", "-rf", "--", path] });
    if (exitCode === 0) return;
    throw new Problem("command-failed", { params: { command: "rm" }, detail: stderr.trim().split("\n").at(-1) });
  }

  diskFreeBytes(path: string): Promise<number> {
    return this.#sftp.repeatable(async (sftp) => {
      // All concurrently, the nearest first, which usually exists.
      const answers = ancestorsOf(path).map((folder) => orAbsent(sftp.diskFreeBytes(folder)));
      for (const answer of await Promise.all(answers)) if (answer !== null) return answer;
      throw new Problem("command-failed", { params: { command: "statvfs" } });
    });
  }
}

/** With less than this free, a failed write counts as a full disk. */
const FULL_BYTES = 64 * 1024;

/** The path itself and the folders above it, up to the root. */
function ancestorsOf(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [path, ...ancestorsOf(parent)];
}

/** Requested all together, from the root down; creating an existing directory fails, which is ignored. */
async function makeDirectories(sftp: Sftp, path: string): Promise<void> {
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

/** Writes a new file and returns the host's time, in seconds. All requests but its opening are sent together. */
async function fill(sftp: Sftp, path: string, content: Buffer, mode: number): Promise<number> {
  const handle = await create(sftp, path);
  const [, { mtime }] = await Promise.all([
    // The mode first: no one else may ever read the content.
    sftp.setMode(handle, mode),
    sftp.statOpen(handle),
    ...cut(content).map(({ piece, from }) => sftp.write(handle, piece, from)),
    sftp.close(handle),
  ]);
  return mtime;
}

/** False when the path is not a file. */
async function removeFile(sftp: Sftp, path: string): Promise<boolean> {
  try {
    await sftp.removeFile(path);
    return true;
  } catch (error) {
    if (codeOf(error) === "EIO") return false;
    if (isAbsent(error)) return true;
    throw error;
  }
}

async function unfinishedBeside(sftp: Sftp, path: string): Promise<{ path: string; mtime: number }[]> {
  const folder = dirname(path);
  const entries = (await orAbsent(entriesOf(sftp, folder))) ?? [];
  return entries
    .filter(({ filename }) => writerOf(filename, path) !== undefined)
    .map(({ filename, attrs }) => ({ path: join(folder, filename), mtime: attrs.mtime }));
}

async function entriesOf(sftp: Sftp, path: string): Promise<FileEntryWithStats[]> {
  const handle = await sftp.openDirectory(path);
  return closing(sftp, handle, async () => {
    const entries: FileEntryWithStats[] = [];
    // Two requests together: most directories fit into one answer, and the second answer shows the end.
    for (;;) {
      const answers = await Promise.all([sftp.readDirectory(handle), sftp.readDirectory(handle)]);
      for (const answer of answers) entries.push(...(answer ?? []));
      if (answers.includes(null)) return entries;
    }
  });
}

async function closing<T>(sftp: Sftp, handle: Buffer, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    close(sftp, handle);
  }
}

/** Not awaited: the session closes it before the next request, and the session's end closes every handle. */
function close(sftp: Sftp, handle: Buffer): void {
  sftp.close(handle).catch(() => {});
}

async function orAbsent<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

/** Turns the general failure of the protocol into ENOSPC when the disk is full. */
async function explained(sftp: Sftp, path: string, error: unknown, neededBytes = 0): Promise<unknown> {
  if (codeOf(error) !== "EIO" || !sftp.isOpen) return error;
  const freeBytes = await sftp.diskFreeBytes(dirname(path));
  if (freeBytes > FULL_BYTES + neededBytes) return error;
  return Object.assign(new Error(`ENOSPC: no space left on device ${path}`, { cause: error }), {
    code: "ENOSPC",
    path,
  });
}

function toFileStat(stats: Stats): FileStat {
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
