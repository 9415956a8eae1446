import type { Duplex } from "node:stream";
import type { Connections } from "./connections";
import { ForwardedSocket } from "./forwarded-socket";
import { awaitRelay, relayCommand } from "./relay";
import type { RemoteFiles } from "./remote-files";
import type { RemoteShell } from "./remote-shell";
import type { ChannelEnd, NotOpened } from "./ssh-connection";

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
    if ("port" in to) {
      const opened = await this.#connections.forward(to, signal);
      if (opened instanceof ForwardedSocket) return opened;
      if (opened.why === "forbidden") return this.#relay(to, signal);
      throw failed("ECONNREFUSED", opened);
    }
    return this.#openSocket(to, signal);
  }

  /** sshd opens it as the user who signed in, and says "open failed" whatever the cause is. */
  async #openSocket(to: { socketPath: string }, signal: AbortSignal | undefined): Promise<Duplex> {
    if (this.#relayed.has(to.socketPath)) return this.#relay(to, signal);
    const opened = await this.#connections.forward(to, signal);
    if (opened instanceof ForwardedSocket) return opened;
    if ((await this.#files.stat(to.socketPath)) === null) throw failed("ENOENT", opened);
    const relayed = await this.#relay(to, signal);
    this.#relayed.add(to.socketPath);
    return relayed;
  }

  async #relay(to: Listener, signal: AbortSignal | undefined): Promise<Duplex> {
    const command = this.#shell.line(relayCommand(to));
    const { channel, connection } = await this.#connections.session({ command }, signal);
    await awaitRelay(channel);
    return new ForwardedSocket(channel, connection);
  }
}

function failed(code: string, { detail }: NotOpened): Error {
  return Object.assign(new Error(`connect ${code}: ${detail}`), { code });
}
