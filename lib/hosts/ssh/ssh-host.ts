import type { Duplex, Readable } from "node:stream";
import { freePortOn } from "../free-port";
import type {
  Command,
  CommandResult,
  FileStat,
  Host,
  PutTreeOptions,
  PutTreeResult,
  RunOptions,
  SourceTree,
} from "../host";
import { sendTree } from "../transfer/send-tree";
import { type Server, serverFor } from "./server-pool";
import { labelOf, type SshSettings } from "./settings";

/**
 * A server over SSH. It connects on first use, on a connection shared with every other object of this process for the
 * same server. Everything is done as root; any other user needs `sudo -n`. In addition to the errors in `Host`, every
 * call rejects with `host-unreachable`, `host-key-changed`, `ssh-auth-failed`, `sudo-refused`, or with `host-lost` when
 * the connection ended during it.
 */
export function openSshHost(settings: SshSettings): Host {
  return new SshHost(settings);
}

class SshHost implements Host {
  readonly label: string;
  readonly publicHost: string;
  readonly #joined: Server;
  #isClosed = false;

  constructor(settings: SshSettings) {
    this.label = labelOf(settings);
    this.publicHost = settings.publicHost ?? settings.host;
    this.#joined = serverFor(settings);
    this.#joined.connections.join();
  }

  async run(command: Command, options: RunOptions = {}): Promise<CommandResult> {
    return this.#server.shell.run(command, options);
  }

  async spawnDetached(command: Command, options: { logFile: string }): Promise<number> {
    return this.#server.shell.spawnDetached(command, options.logFile);
  }

  async putTree(tree: SourceTree, to: string, options: PutTreeOptions): Promise<PutTreeResult> {
    const { shell, files } = this.#server;
    const remote = {
      run: shell.run.bind(shell),
      stat: files.stat.bind(files),
      makeDirectory: files.makeDirectory.bind(files),
      upload: files.upload.bind(files),
    };
    return sendTree(remote, tree, to, options);
  }

  async readFile(path: string): Promise<Buffer> {
    return this.#server.files.read(path);
  }

  async writeFile(path: string, content: string | Buffer, options: { mode?: number } = {}): Promise<void> {
    return this.#server.files.write(path, content, options.mode);
  }

  async openRead(path: string, options: { start?: number; end?: number } = {}): Promise<Readable> {
    return this.#server.files.openRead(path, options);
  }

  async stat(path: string): Promise<FileStat | null> {
    return this.#server.files.stat(path);
  }

  async list(path: string): Promise<string[]> {
    return this.#server.files.list(path);
  }

  async makeDirectory(path: string): Promise<void> {
    return this.#server.files.makeDirectory(path);
  }

  async remove(path: string): Promise<void> {
    return this.#server.files.remove(path);
  }

  async diskFreeBytes(path: string): Promise<number> {
    return this.#server.files.diskFreeBytes(path);
  }

  async connect(to: { port: number; host?: string } | { socketPath: string }, signal?: AbortSignal): Promise<Duplex> {
    const end = "socketPath" in to ? to : { port: to.port, host: to.host ?? "127.0.0.1" };
    return this.#server.sockets.open(end, signal);
  }

  async freePort(): Promise<number> {
    return freePortOn(this);
  }

  /** Returns its share of the connection, which may end after the last one. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#joined.connections.leave();
  }

  get #server(): Server {
    if (this.#isClosed) throw new Error(`${this.label} was closed`);
    return this.#joined;
  }
}
