import type { Duplex } from "node:stream";
import type { Connections } from "./connections";
import { ForwardedSocket } from "./forwarded-socket";
import { awaitRelay, relayCommand } from "./relay";
import type { RemoteFiles } from "./remote-files";
import type { RemoteShell } from "./remote-shell";
import type { ChannelEnd } from "./ssh-connection";

type Listener = Exclude<ChannelEnd, { command: string }>;

/** Opens connections to what listens on a server, as root where that matters. */
export class RemoteConnect {
  readonly #connections: Connections;
  readonly #shell: RemoteShell;
  readonly #files: RemoteFiles;
  /** Sockets that sshd could not open and the relay could. */
  readonly #relayed = new Set<string>();

  constructor(connections: Connections, shell: RemoteShell, files: RemoteFiles) {
    this.#connections = connections;
    this.#shell = shell;
    this.#files = files;
  }

  /** Rejects with an error that has a `code` as Node's own have (`ECONNREFUSED`, `ENOENT`). */
  async open(to: Listener, signal?: AbortSignal): Promise<Duplex> {
    signal?.throwIfAborted();
    const opening = this.#open(to, signal);
    return new Promise((resolve, reject) => {
      const abort = () => reject(signal?.reason);
      signal?.addEventListener("abort", abort, { once: true });
      opening
        // What comes after the abort is nobody's.
        .then((socket) => (signal?.aborted ? socket.destroy() : resolve(socket)), reject)
        .finally(() => signal?.removeEventListener("abort", abort));
    });
  }

  async #open(to: Listener, signal: AbortSignal | undefined): Promise<Duplex> {
    const path = "socketPath" in to ? to.socketPath : undefined;
    if (path !== undefined && this.#relayed.has(path)) return this.#relay(to, signal);
    const opened = await this.#connections.forward(to, signal);
    if (opened instanceof ForwardedSocket) return opened;
    const mayBeRoots = path !== undefined && this.#connections.login.user !== "root";
    if (opened.why === "forbidden" || mayBeRoots) {
      const relayed = await this.#relay(to, signal);
      if (path !== undefined) this.#relayed.add(path);
      return relayed;
    }
    const isAbsent = path !== undefined && (await this.#files.stat(path)) === null;
    const code = isAbsent ? "ENOENT" : "ECONNREFUSED";
    throw Object.assign(new Error(`connect ${code}: ${opened.detail}`), { code });
  }

  async #relay(to: Listener, signal: AbortSignal | undefined): Promise<Duplex> {
    const command = this.#shell.line(relayCommand(to));
    const { channel, connection } = await this.#connections.session({ command }, signal);
    await awaitRelay(channel);
    return new ForwardedSocket(channel, connection);
  }
}
