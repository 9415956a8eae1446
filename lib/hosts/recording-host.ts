import type { Duplex } from "node:stream";
import { PassThrough, Readable } from "node:stream";
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

type Answer = Partial<CommandResult> | undefined;

/** A host for unit tests of the layers above: it runs nothing, keeps files in memory and records its calls. */
export class RecordingHost implements Host {
  readonly label = "recording host";
  readonly publicHost = "recording.test";
  /** Every command, in order, with its input. */
  readonly commands: { args: readonly string[]; stdin: string; detached: boolean }[] = [];
  readonly files = new Map<string, { content: Buffer; mode: number }>();
  readonly trees = new Map<string, SourceTree>();
  readonly #answer: (command: Command) => Answer;

  constructor(answer: (command: Command) => Answer = () => undefined) {
    this.#answer = answer;
  }

  async run(command: Command, options: RunOptions = {}): Promise<CommandResult> {
    options.signal?.throwIfAborted();
    this.commands.push({ args: command.args, stdin: String(options.stdin ?? ""), detached: false });
    const result = { exitCode: 0, signal: null, stdout: "", stderr: "", ...this.#answer(command) };
    for (const stream of ["stdout", "stderr"] as const) {
      for (const line of result[stream].split("\n").filter(Boolean)) options.onLine?.(line, stream, false);
    }
    return result;
  }

  async spawnDetached(command: Command): Promise<number> {
    this.commands.push({ args: command.args, stdin: "", detached: true });
    return this.commands.length;
  }

  async putTree(tree: SourceTree, to: string, options: PutTreeOptions): Promise<PutTreeResult> {
    this.trees.set(to, tree);
    const known = new Set(options.base?.entries.map(({ path, digest }) => `${digest} ${path}`));
    const files = tree.entries.filter(({ kind }) => kind !== "directory");
    const sent = files.filter(({ path, digest }) => !known.has(`${digest} ${path}`));
    const sentBytes = sent.reduce((sum, { size }) => sum + size, 0);
    return { files: files.length, bytes: tree.bytes, sentFiles: sent.length, sentBytes };
  }

  async readFile(path: string): Promise<Buffer> {
    const file = this.files.get(path);
    if (!file) throw Object.assign(new Error(`no file ${path}`), { code: "ENOENT" });
    return file.content;
  }

  async writeFile(path: string, content: string | Buffer, options: { mode?: number } = {}): Promise<void> {
    this.files.set(path, { content: Buffer.from(content), mode: options.mode ?? 0o644 });
  }

  async openRead(path: string, { start = 0, end = Number.POSITIVE_INFINITY } = {}): Promise<Readable> {
    return Readable.from([(await this.readFile(path)).subarray(start, end + 1)]);
  }

  async stat(path: string): Promise<FileStat | null> {
    const file = this.files.get(path);
    if (file) return { kind: "file", size: file.content.length, mode: file.mode, modifiedAt: new Date(0) };
    const isDirectory = this.trees.has(path) || [...this.files.keys()].some((name) => name.startsWith(`${path}/`));
    return isDirectory ? { kind: "directory", size: 0, mode: 0o755, modifiedAt: new Date(0) } : null;
  }

  async list(path: string): Promise<string[]> {
    const below = [...this.files.keys(), ...this.trees.keys()].filter((name) => name.startsWith(`${path}/`));
    return [...new Set(below.map((name) => name.slice(path.length + 1).split("/")[0] ?? ""))].sort();
  }

  async makeDirectory(): Promise<void> {}

  async remove(path: string): Promise<void> {
    for (const kept of [this.files, this.trees]) {
      for (const name of kept.keys()) if (name === path || name.startsWith(`${path}/`)) kept.delete(name);
    }
  }

  async diskFreeBytes(): Promise<number> {
    return 1024 ** 4;
  }

  /** A connection that echoes. */
  async connect(): Promise<Duplex> {
    return new PassThrough();
  }

  async freePort(): Promise<number> {
    return 40_000;
  }

  async close(): Promise<void> {}
}
