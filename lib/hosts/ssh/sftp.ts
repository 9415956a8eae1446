import { once } from "node:events";
import type { ClientChannel, FileEntryWithStats, SFTPWrapper, Stats } from "ssh2";
import { SFTP } from "ssh2/lib/protocol/SFTP.js";
import { Problem } from "@/lib/contracts/problem";

/** A way to answer, as the SSH library has it. */
type Done<T> = (error?: Error | null, value?: T) => void;

/** "new" fails when the file is there, "keep" leaves its content. */
const OPEN = { read: 0x01, new: 0x02 | 0x08 | 0x20, keep: 0x02 | 0x08 } as const;

const END_OF_FILE = 1;

/** What the protocol can say of a failure. A full disk, a directory in the way and much else are all "failure". */
const CODES = new Map([
  [2, "ENOENT"],
  [3, "EACCES"],
  [4, "EIO"],
  [5, "EINVAL"],
  [8, "ENOSYS"],
]);

/**
 * One SFTP session. Every question is sent at once and answered in order, so questions that do not need each other's
 * answers are asked together. Rejects with errors that have a `code` as Node's own have (`ENOENT`), or with `host-lost`
 * when the session ends before it has answered.
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
    // The library's own way to a session asks sshd for one; this also reaches a server that sudo runs.
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
    // Without anybody waiting for its start, its end is no failure.
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

  /** Of a link itself. */
  statLink(path: string): Promise<Stats> {
    return this.#ask(path, (done) => this.#session.lstat(path, done));
  }

  makeDirectory(path: string): Promise<void> {
    return this.#ask(path, (done) => this.#session.mkdir(path, { mode: 0o755 }, done));
  }

  /** Takes the place of a file that is there. */
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
  // Only what the server says has a number.
  if (typeof error.code !== "number") return lost(error);
  const code = CODES.get(error.code) ?? "EIO";
  return Object.assign(new Error(`${code}: ${error.message} ${path}`.trimEnd()), { code, path });
}

/** Never used up: the channel below keeps count. */
function endless() {
  return { id: 0, window: Number.POSITIVE_INFINITY, packetSize: 32 * 1024, state: "open" };
}
