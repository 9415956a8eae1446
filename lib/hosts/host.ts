import type { Duplex, Readable } from "node:stream";

/**
 * A machine that runs commands. It has two implementations, `local` and `ssh`; no driver depends on which. Commands are
 * argument lists, never joined strings. Secrets go through `stdin` or `writeFile` with mode 0o600.
 */
export interface Host {
  /** For people and logs: "this machine" or "root@10.0.0.4". */
  readonly label: string;
  /** The address at which others reach its ports. */
  readonly publicHost: string;

  /**
   * Runs one command and resolves when it has ended, whatever its exit code; rejects only when it could not be run,
   * the host was lost, or `signal` aborted it. Aborting, and the death of this process, end the command's whole
   * process group: nothing it started outlives the caller.
   */
  run(command: Command, options?: RunOptions): Promise<CommandResult>;

  /** Starts a command that outlives this process (own session, no terminal); resolves with its process id. */
  spawnDetached(command: Command, options: { logFile: string }): Promise<number>;

  /** Copies a tree into a directory that does not exist yet; the directory appears whole or not at all. */
  putTree(tree: SourceTree, to: string, options: PutTreeOptions): Promise<PutTreeResult>;

  /**
   * For files that no service can write: over SSH, opening a pipe or a file with a lease on it blocks all other
   * requests to the host. Files that a service can write are read by a command, which can be ended.
   */
  readFile(path: string): Promise<Buffer>;
  /** Atomic (written beside, then renamed); creates missing directories. */
  writeFile(path: string, content: string | Buffer, options?: { mode?: number }): Promise<void>;
  openRead(path: string, options?: { start?: number; end?: number }): Promise<Readable>;
  stat(path: string): Promise<FileStat | null>;
  list(path: string): Promise<string[]>;
  makeDirectory(path: string): Promise<void>;
  /** Removes a file or tree; nothing there is success. */
  remove(path: string): Promise<void>;
  diskFreeBytes(path: string): Promise<number>;

  /** Opens a connection to something that listens on the host, as seen from the host itself. */
  connect(to: { port: number; host?: string } | { socketPath: string }, signal?: AbortSignal): Promise<Duplex>;
  /** A TCP port nothing listens on now. */
  freePort(): Promise<number>;

  close(): Promise<void>;
}

export interface Command {
  args: readonly [string, ...string[]];
  /** Added to a minimal environment (PATH, HOME, LANG). Not for secrets on a remote host: use stdin or a 0600 file. */
  env?: Readonly<Record<string, string>>;
  cwd?: string;
}

export type OutputStream = "stdout" | "stderr";

export interface RunOptions {
  signal?: AbortSignal;
  stdin?: string | Buffer;
  /** Called per line, in order, without the line end. Lines longer than 64 KiB arrive in pieces, each but the last with `goesOn`. */
  onLine?: (line: string, stream: OutputStream, goesOn: boolean) => void;
  /** For output that people watch: a partial line is passed on as a piece when nothing follows for this long. */
  partialAfterMs?: number;
  /** Bytes of output kept for the result; 1 MiB by default, the newest win. */
  keepBytes?: number;
}

export interface CommandResult {
  /** Null when a signal ended it. */
  exitCode: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
}

/** The entries of a source that are sent: all but what the ignore files exclude, in path order. */
export interface SourceTree {
  root: string;
  entries: readonly TreeEntry[];
  bytes: number;
}
export interface TreeEntry {
  /** Relative to the root, with `/`. */
  path: string;
  kind: "file" | "directory" | "symlink";
  mode: number;
  size: number;
  /** Hex SHA-256 of a file's content; the link text of a symlink. */
  digest: string;
}

export interface PutTreeOptions {
  signal?: AbortSignal;
  /** An earlier release on the host: files with the same path and digest come from there. */
  base?: { path: string; entries: readonly TreeEntry[] };
  onProgress?: (progress: { bytes: number; totalBytes: number; files: number; totalFiles: number }) => void;
}
export interface PutTreeResult {
  files: number;
  bytes: number;
  /** The part of them that was not already on the host. */
  sentFiles: number;
  sentBytes: number;
}

export interface FileStat {
  kind: "file" | "directory" | "symlink" | "other";
  size: number;
  mode: number;
  modifiedAt: Date;
}
