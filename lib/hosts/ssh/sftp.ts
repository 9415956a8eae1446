import { once } from "node:events";
import type { ClientChannel, FileEntryWithStats, SFTPWrapper, Stats } from "ssh2";
import { SFTP } from "ssh2/lib/protocol/SFTP.js";
import { Problem } from "@/lib/contracts/problem";
import { abortable } from "./abortable";

/** A callback of the SSH library. */
type Done<T> = (error?: Error | null, value?: T) => void;

/** "new" fails when the file is there, "keep" leaves its content. */
const OPEN = { read: 0x01, new: 0x02 | 0x08 | 0x20, keep: 0x02 | 0x08 } as const;

const END_OF_FILE = 1;

/** The error codes of the protocol. A full disk, an existing directory and much else are all "failure". */
const CODES = new Map([
  [2, "ENOENT"],
  [3, "EACCES"],
  [4, "EIO"],
  [5, "EINVAL"],
  [8, "ENOSYS"],
]);

/**
 * One SFTP session. Every request is sent immediately and answered in order, so requests that do not depend on each other are
 * sent together. Rejects with errors that have a `code` as Node's own have (`ENOENT`), or with `host-lost` when the session
 * ends before its answer.
 */
export class Sftp {
  readonly #session: SFTPWrapper;
  #isOpen = true;

  private constructor(session: SFTPWrapper) {
    this.#session = session;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Speaks SFTP over a channel whose other end is an SFTP server. Rejects with `host-lost` when there is none. */
  static async over(channel: ClientChannel): Promise<Sftp> {
    // The library can only ask sshd for a session; this also reaches a server that sudo runs.
    const session = new SFTP(
      {
        _protocol: {
          _remoteIdentRaw: "",
          channelData: (_, data) => channel.write(data),
          channelClose: () => channel.close(),
        },
      },
      { type: "sftp", incoming: endless(), outgoing: endless() },
      {},
    );
    const sftp = new Sftp(session);
    channel.stderr.resume();
    channel.on("data", (data: Buffer) => session.push(data));
    channel.on("error", () => channel.close());
    const ended = once(channel, "close").then(() => {
      sftp.#isOpen = false;
      session.push(null);
      throw lost();
    });
    // Once it has started, its end is not an unhandled rejection.
    ended.catch(() => {});
    session.on("error", () => channel.close());
    session._init();
    await Promise.race([once(session, "ready"), ended]);
    return sftp;
  }

  open(path: string, how: keyof typeof OPEN, mode = 0o600): Promise<Buffer> {
    return this.#ask(path, (done) => this.#session.open(path, OPEN[how], mode, done));
  }

  close(handle: Buffer): Promise<void> {
    return this.#ask("", (done) => this.#session.close(handle, done));
  }

  /** At most `length` bytes; none at the end of the file. */
  read(handle: Buffer, position: number, length: number): Promise<Buffer> {
    return this.#ask("", (done) => {
      const into = Buffer.allocUnsafe(length);
      this.#session.read(handle, into, 0, length, position, (error, bytes) => done(error, into.subarray(0, bytes)));
    });
  }

  write(handle: Buffer, data: Buffer, position: number): Promise<void> {
    return this.#ask("", (done) => this.#session.write(handle, data, 0, data.length, position, done));
  }

  setMode(handle: Buffer, mode: number): Promise<void> {
    return this.#ask("", (done) => this.#session.fsetstat(handle, { mode }, done));
  }

  statOpen(handle: Buffer): Promise<Stats> {
    return this.#ask("", (done) => this.#session.fstat(handle, done));
  }

  stat(path: string): Promise<Stats> {
    return this.#ask(path, (done) => this.#session.stat(path, done));
  }

  /** Of the link itself. */
  statLink(path: string): Promise<Stats> {
    return this.#ask(path, (done) => this.#session.lstat(path, done));
  }

  makeDirectory(path: string): Promise<void> {
    return this.#ask(path, (done) => this.#session.mkdir(path, { mode: 0o755 }, done));
  }

  /** Replaces an existing file. */
  rename(from: string, to: string): Promise<void> {
    return this.#ask(to, (done) => this.#session.ext_openssh_rename(from, to, done));
  }

  removeFile(path: string): Promise<void> {
    return this.#ask(path, (done) => this.#session.unlink(path, done));
  }

  openDirectory(path: string): Promise<Buffer> {
    return this.#ask(path, (done) => this.#session.opendir(path, done));
  }

  /** The next entries, without "." and ".."; null when there are no more. */
  async readDirectory(handle: Buffer): Promise<FileEntryWithStats[] | null> {
    return this.#ask("", (done: Done<FileEntryWithStats[] | null>) => {
      this.#session.readdir(handle, (error, entries) => {
        if (error && "code" in error && error.code === END_OF_FILE) done(null, null);
        else done(error, entries);
      });
    });
  }

  /** Bytes an ordinary user could still write to the file system that `path` is on. */
  diskFreeBytes(path: string): Promise<number> {
    return this.#ask(path, (done) => {
      this.#session.ext_openssh_statvfs(path, (error, info) => done(error, info && info.f_bavail * info.f_frsize));
    });
  }

  #ask<T>(path: string, ask: (done: Done<T>) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (!this.#isOpen) return reject(lost());
      ask((error, value) => (error ? reject(toFileError(error, path)) : resolve(value as T)));
    });
  }
}

function lost(cause?: unknown): Problem {
  return new Problem("host-lost", { detail: "the SFTP session ended", cause });
}

function toFileError(error: Error & { code?: unknown }, path: string): Error {
  // Only an error that the server reports has a number.
  if (typeof error.code !== "number") return lost(error);
  const code = CODES.get(error.code) ?? "EIO";
  return Object.assign(new Error(`${code}: ${error.message} ${path}`.trimEnd()), { code, path });
}

/** A window that never closes: the channel below has its own. */
function endless() {
  return { id: 0, window: Number.POSITIVE_INFINITY, packetSize: 32 * 1024, state: "open" };
}

/** OpenSSH's largest message, and how many are in flight: enough for a connection between two continents. */
const CHUNK_BYTES = 128 * 1024;
const MAX_CHUNKS = 16;
/** Most files are small: more than this is requested only when the first answers show that there is more. */
const FIRST_CHUNKS = 2;

/**
 * The bytes of an open file from `start` to `end` (both inclusive), with many reads in flight. Works for files that do not
 * report their size, as those in /proc.
 */
export async function* readChunks(sftp: Sftp, handle: Buffer, start = 0, end = Number.POSITIVE_INFINITY) {
  let inFlight: { position: number; length: number; data: Promise<Buffer> }[] = [];
  let limit = FIRST_CHUNKS;
  let next = start;
  const ask = () => {
    while (inFlight.length < limit && next <= end) {
      const length = Math.min(CHUNK_BYTES, end - next + 1);
      const data = sftp.read(handle, next, length);
      // Handled where it is awaited; a read that is dropped may fail.
      data.catch(() => {});
      inFlight.push({ position: next, length, data });
      next += length;
    }
  };
  for (ask(); ; ask()) {
    const first = inFlight.shift();
    if (!first) return;
    const data = await first.data;
    if (data.length === 0) return;
    yield data;
    limit = Math.min(limit * 2, MAX_CHUNKS);
    if (data.length === first.length) continue;
    // A short answer is not the end. Everything beyond the gap is requested again from there.
    inFlight = [];
    next = first.position + data.length;
  }
}

export interface WriteOptions {
  signal?: AbortSignal;
  /** Bytes confirmed so far. */
  onWritten?: (bytes: number) => void;
}

/**
 * Writes chunks in order from `position` on, with many writes in flight. Pulls a chunk only when there is room for it, and
 * resolves when all are confirmed.
 */
export async function writeChunks(
  sftp: Sftp,
  to: { handle: Buffer; position: number },
  chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
  { signal, onWritten }: WriteOptions = {},
): Promise<void> {
  const inFlight = new Set<Promise<void>>();
  let failure: { cause: unknown } | undefined;
  let written = 0;
  let { position } = to;
  const write = async (piece: Buffer) => {
    try {
      await sftp.write(to.handle, piece, position);
      written += piece.length;
      onWritten?.(written);
    } catch (cause) {
      failure ??= { cause };
    }
  };
  for await (const chunk of chunks) {
    for (const { piece } of cut(chunk)) {
      const writing = write(piece).finally(() => inFlight.delete(writing));
      inFlight.add(writing);
      position += piece.length;
      if (inFlight.size >= MAX_CHUNKS) await abortable(Promise.race(inFlight), signal);
    }
    signal?.throwIfAborted();
    if (failure) break;
  }
  await abortable(Promise.all(inFlight), signal);
  if (failure) throw failure.cause;
}

/** Cuts a chunk into pieces of the size of one message. */
export function cut(chunk: Buffer): { piece: Buffer; from: number }[] {
  const starts = Array.from({ length: Math.ceil(chunk.length / CHUNK_BYTES) }, (_, index) => index * CHUNK_BYTES);
  return starts.map((from) => ({ piece: chunk.subarray(from, from + CHUNK_BYTES), from }));
}
