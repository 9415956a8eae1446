import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import type { FileEntryWithStats, Stats } from "ssh2";
import { Problem } from "@/lib/contracts/problem";
import type { FileStat } from "../host";
import { unfinishedFile, writerOf } from "../unfinished-file";
import type { RemoteShell } from "./remote-shell";
import type { Sftp } from "./sftp";
import { cut, readChunks, type WriteOptions, writeChunks } from "./sftp-chunks";
import type { SharedSftp } from "./shared-sftp";

/** A file being written grows all the time, or its writer has lost its connection. An older one is nobody's any more. */
const ABANDONED_SECONDS = 60;

/** With less than this free, what could not be written did not fit. */
const FULL_BYTES = 64 * 1024;

/** The files of a server, as root sees them. What is safe to repeat is repeated once over a lost connection. */
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

  /** Once it is open, a lost connection is the stream's error. */
  openRead(path: string, { start, end }: { start?: number; end?: number } = {}): Promise<Readable> {
    return this.#sftp.repeatable(async (sftp, connection) => {
      const handle = await sftp.open(path, "read");
      const hold = connection.hold();
      return Readable.from(readChunks(sftp, handle, start, end), { objectMode: false }).once("close", () => {
        close(sftp, handle);
        hold.letGo();
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

  /** See `TransferRemote.upload`. Nothing is repeated: the one who calls knows what is there already. */
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
      // All at once, the nearest first: most of the time it is there.
      const answers = ancestorsOf(path).map((folder) => orAbsent(sftp.diskFreeBytes(folder)));
      for (const answer of await Promise.all(answers)) if (answer !== null) return answer;
      throw new Problem("command-failed", { params: { command: "statvfs" } });
    });
  }
}

/** The path itself and what it is in, up to the root. */
function ancestorsOf(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [path, ...ancestorsOf(parent)];
}

/** Asked for all at once, from the root down; what is there already fails, and that is well. */
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

/** Writes a new file and returns the host's time, in seconds. All but its opening goes out at once. */
async function fill(sftp: Sftp, path: string, content: Buffer, mode: number): Promise<number> {
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
    // Two at once: most directories fit into one answer, and the second says that this was all.
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

/** Nobody waits for it: the session does it before whatever comes next, and its own end closes all there is. */
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

/** A full disk is one of many failures that the protocol has one word for. */
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
