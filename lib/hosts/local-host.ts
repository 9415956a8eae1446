import { spawn } from "node:child_process";
import { constants, createReadStream, type Stats } from "node:fs";
import { type FileHandle, lstat, mkdir, open, readdir, rename, statfs, unlink } from "node:fs/promises";
import { connect, type NetConnectOpts } from "node:net";
import { dirname } from "node:path";
import type { Duplex, Readable } from "node:stream";
import { Problem } from "@/lib/contracts/problem";
import { minimalEnvironment } from "@/lib/platform/env";
import { copyTree, removeTree } from "./copy-tree";
import { freePort } from "./free-port";
import type {
  Command,
  CommandResult,
  FileStat,
  Host,
  PutTreeOptions,
  PutTreeResult,
  RunOptions,
  SourceTree,
} from "./host";
import { runGuarded } from "./run-guarded";
import { removeUnfinished, unfinishedFile } from "./unfinished-file";

/** The machine Landfall itself runs on. */
export class LocalHost implements Host {
  readonly label = "this machine";
  readonly publicHost: string;
  readonly #environment: Readonly<Record<string, string>>;

  constructor(options: { publicHost?: string; environment?: Readonly<Record<string, string>> } = {}) {
    this.publicHost = options.publicHost ?? "localhost";
    this.#environment = options.environment ?? minimalEnvironment();
  }

  run(command: Command, options: RunOptions = {}): Promise<CommandResult> {
    return runGuarded(command, this.#environment, options);
  }

  async spawnDetached(command: Command, options: { logFile: string }): Promise<number> {
    await mkdir(dirname(options.logFile), { recursive: true });
    const log = await open(options.logFile, "a", 0o600);
    try {
      const [file, ...args] = command.args;
      const child = spawn(file, args, {
        cwd: command.cwd,
        env: { ...this.#environment, ...command.env } as NodeJS.ProcessEnv,
        detached: true,
        stdio: ["ignore", log.fd, log.fd],
      });
      await new Promise((resolve, reject) => child.once("spawn", resolve).once("error", reject));
      child.unref();
      return child.pid as number;
    } catch (cause) {
      throw new Problem("command-failed", { params: { command: command.args[0] }, cause });
    } finally {
      await log.close();
    }
  }

  putTree(tree: SourceTree, to: string, options: PutTreeOptions): Promise<PutTreeResult> {
    return copyTree(tree, to, options);
  }

  async readFile(path: string): Promise<Buffer> {
    await using file = await openRegular(path);
    return await file.readFile();
  }

  async writeFile(path: string, content: string | Buffer, options: { mode?: number } = {}): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    await removeUnfinished(path);
    const beside = unfinishedFile(path);
    try {
      const file = await open(beside, "wx", options.mode ?? 0o644);
      try {
        await file.writeFile(content);
      } finally {
        await file.close();
      }
      await rename(beside, path);
    } catch (error) {
      await unlinkIfThere(beside);
      throw error;
    }
  }

  async openRead(path: string, options: { start?: number; end?: number } = {}): Promise<Readable> {
    return createReadStream(path, { ...options, fd: await openRegular(path) });
  }

  async stat(path: string): Promise<FileStat | null> {
    try {
      return toFileStat(await lstat(path));
    } catch (error) {
      if (isAbsent(error)) return null;
      throw error;
    }
  }

  async list(path: string): Promise<string[]> {
    return (await readdir(path)).sort();
  }

  async makeDirectory(path: string): Promise<void> {
    await mkdir(path, { recursive: true });
  }

  async remove(path: string): Promise<void> {
    await removeUnfinished(path);
    await removeTree(path);
  }

  /** Of the file system that `path` is, or will be, on. */
  async diskFreeBytes(path: string): Promise<number> {
    try {
      const { bavail, bsize } = await statfs(path);
      return bavail * bsize;
    } catch (error) {
      if (!isAbsent(error) || dirname(path) === path) throw error;
      return this.diskFreeBytes(dirname(path));
    }
  }

  connect(to: { port: number; host?: string } | { socketPath: string }, signal?: AbortSignal): Promise<Duplex> {
    const options: NetConnectOpts =
      "socketPath" in to ? { path: to.socketPath } : { port: to.port, host: to.host ?? "127.0.0.1" };
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const socket = connect(options);
      const abort = () => socket.destroy(signal?.reason);
      signal?.addEventListener("abort", abort, { once: true });
      socket.once("error", reject);
      socket.once("connect", () => {
        signal?.removeEventListener("abort", abort);
        socket.off("error", reject);
        resolve(socket.setNoDelay(true));
      });
    });
  }

  freePort(): Promise<number> {
    return freePort();
  }

  /** Nothing is kept open: every command, file and connection is closed by the one who opened it. */
  async close(): Promise<void> {}
}

/**
 * Waits for nothing: opening a pipe, or a file that another program has a lease on, would hold one of few threads. A service
 * can put either, and a socket or an endless device, where its files are.
 */
async function openRegular(path: string): Promise<FileHandle> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: NodeJS.ErrnoException) => {
    throw error.code === "ENXIO" || error.code === "EAGAIN" ? notRegular(path, error) : error;
  });
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw notRegular(path);
}

function notRegular(path: string, cause?: unknown): Problem {
  return new Problem("command-failed", { params: { command: "open" }, detail: `${path} is not a regular file`, cause });
}

function toFileStat(stats: Stats): FileStat {
  return { kind: kindOf(stats), size: stats.size, mode: stats.mode & 0o7777, modifiedAt: stats.mtime };
}

function kindOf(stats: Stats): FileStat["kind"] {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "directory";
  return stats.isSymbolicLink() ? "symlink" : "other";
}

async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}

function isAbsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ENOTDIR";
}
