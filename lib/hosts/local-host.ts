import { type ChildProcess, spawn } from "node:child_process";
import { constants, createReadStream, type Stats } from "node:fs";
import { type FileHandle, lstat, mkdir, open, readdir, rename, statfs, unlink } from "node:fs/promises";
import { connect, type NetConnectOpts } from "node:net";
import { dirname } from "node:path";
import type { Duplex, Readable } from "node:stream";
import { Problem } from "@/lib/contracts/problem";
import { minimalEnvironment } from "@/lib/platform/env";
import { isAbsent, unlessAbsent } from "./absent";
import { CommandOutput } from "./command-output";
import { copyTree, removeTree } from "./copy-tree";
import { freePort } from "./free-port";
import { ABORTED_WITHIN_MS, endOf, guarded, guardProblem, TRAILING_OUTPUT_MS } from "./guard";
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
import { removeUnfinished, unfinishedFile } from "./unfinished";

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
      await unlink(beside).catch(unlessAbsent);
      throw error;
    }
  }

  async openRead(path: string, options: { start?: number; end?: number } = {}): Promise<Readable> {
    return createReadStream(path, { ...options, fd: await openRegular(path) });
  }

  async stat(path: string): Promise<FileStat | null> {
    const stats = await lstat(path).catch(unlessAbsent);
    return stats && toFileStat(stats);
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

  /** For the file system that `path` is, or will be, on. */
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

  /** Nothing is kept open: the caller closes every command, file and connection that it opened. */
  async close(): Promise<void> {}
}

/**
 * Never blocks: opening a pipe, or a file that another program has a lease on, would occupy one of few threads. A service can
 * put either, and a socket or an endless device, among its files.
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

/** Runs a command on this machine under the guard. The pipe to the guard's input is the lease. */
async function runGuarded(
  command: Command,
  env: Readonly<Record<string, string>>,
  options: RunOptions,
): Promise<CommandResult> {
  const { signal, stdin = "" } = options;
  signal?.throwIfAborted();
  const [file, ...args] = guarded(command.args, { inputBytes: Buffer.byteLength(stdin), cwd: command.cwd });
  const child = spawn(file as string, args, {
    // Next.js narrows the type of every environment to one with NODE_ENV; a command has its own.
    env: { ...env, ...command.env } as NodeJS.ProcessEnv,
    detached: true,
  });

  return new Promise((resolve, reject) => {
    let failure: unknown;
    let overdue: NodeJS.Timeout | undefined;
    const giveUp = (cause: unknown) => {
      failure ??= cause ?? new Error("aborted");
      child.stdin.destroy();
      overdue ??= setTimeout(() => child.kill("SIGKILL"), ABORTED_WITHIN_MS);
    };
    const abort = () => giveUp(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });

    const output = new CommandOutput(options, giveUp);
    for (const stream of ["stdout", "stderr"] as const) output.listen(stream, child[stream]);
    // EPIPE: the guard ended first. Its exit code shows why.
    child.stdin.on("error", () => child.stdin.destroy());
    if (stdin.length > 0) child.stdin.write(stdin);

    child.once("error", (cause) => {
      signal?.removeEventListener("abort", abort);
      reject(new Problem("command-failed", { params: { command: command.args[0] }, detail: cause.message, cause }));
    });
    child.once("exit", () => setTimeout(closeOutput, TRAILING_OUTPUT_MS, child).unref());
    child.once("close", (code, ended) => {
      clearTimeout(overdue);
      signal?.removeEventListener("abort", abort);
      const problem = failure ?? guardProblem(command, code);
      if (problem) reject(problem);
      else resolve({ ...endOf(code, ended), ...output.kept });
    });
  });
}

function closeOutput(child: ChildProcess): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
}
