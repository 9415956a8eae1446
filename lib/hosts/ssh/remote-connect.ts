import { once } from "node:events";
import type { Duplex } from "node:stream";
import type { ClientChannel } from "ssh2";
import { Problem } from "@/lib/contracts/problem";
import relay from "../programs/relay.py" with { type: "text" };
import startRelay from "../programs/relay.sh" with { type: "text" };
import type { Connections } from "./connections";
import type { RemoteFiles } from "./remote-files";
import type { RemoteShell } from "./remote-shell";
import { type ChannelEnd, ForwardedSocket, type NotOpened } from "./ssh-connection";

type Listener = Exclude<ChannelEnd, { command: string }>;

/** Opens connections to listeners on a server, as root where that matters. */
export class RemoteConnect {
  readonly #connections: Connections;
  readonly #shell: RemoteShell;
  readonly #files: RemoteFiles;
  /** Sockets that sshd could not open but the relay could. */
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
        // A connection that opens after the abort has no owner.
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

  /** sshd opens it as the signed-in user, and reports "open failed" for every cause. */
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

/** The command whose input and output are the connection, after a first line with the result. */
function relayCommand(to: Listener): string[] {
  const address = "socketPath" in to ? [to.socketPath] : [to.host, String(to.port)];
  return ["/bin/sh", "-c", startRelay, "relay", relay, ...address];
}

/** Reads that first line. Rejects with `tool-missing`, or an error with the `code` the host gave (`ECONNREFUSED`). */
async function awaitRelay(channel: ClientChannel): Promise<void> {
  channel.stderr.resume();
  const line = await firstLine(channel);
  if (line === "connected") return;
  // Resumed, because a channel closes only when all of it has been read.
  channel.resume().close();
  if (line === "missing") throw new Problem("tool-missing", { params: { tool: "python3" } });
  throw Object.assign(new Error(`connect ${line}`), { code: line });
}

/** The data after the line stays in the channel. */
async function firstLine(channel: ClientChannel): Promise<string> {
  let read = Buffer.alloc(0);
  for (let end = -1; ; end = read.indexOf("\n")) {
    if (end !== -1) {
      if (end + 1 < read.length) channel.unshift(read.subarray(end + 1));
      return read.subarray(0, end).toString("utf8");
    }
    const chunk: Buffer | null = channel.read();
    if (chunk) read = Buffer.concat([read, chunk]);
    else if (channel.readableEnded) throw new Problem("host-lost", { detail: "the relay ended" });
    else await Promise.race([once(channel, "readable"), once(channel, "end")]);
  }
}
