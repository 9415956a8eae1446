import { EventEmitter } from "node:events";
import { Duplex } from "node:stream";
import type { Client, ClientChannel } from "ssh2";
import { Problem } from "@/lib/contracts/problem";

/** sshd's default (MaxSessions). */
const SESSIONS = 10;

const PING_MS = 5_000;
/** Unanswered pings in a row after which the host counts as lost. */
const SILENT_PINGS = 5;

/** The other end of a channel: a command line, or something that listens on the host. */
export type ChannelEnd = { command: string } | { port: number; host: string } | { socketPath: string };

/** Why there is no channel: the connection ended before the request, the settings of the server forbid it, or it failed. */
export interface NotOpened {
  channel: null;
  why: "gone" | "forbidden" | "refused";
  detail: string;
}
export type Opened = OpenChannel | NotOpened;

export interface OpenChannel {
  channel: ClientChannel;
  /** How the command at its other end ended; undefined until the server reports it. */
  exit(): ChannelExit | undefined;
}
export interface ChannelExit {
  code: number | null;
  signal: string | null;
}

type ChannelError = Error & { reason?: unknown };
type ChannelCallback = (error: ChannelError | undefined, channel: ClientChannel) => void;
/** How the library's message about a request that was never answered begins. */
const NO_ANSWER = "Unable to ";
/** "Administratively prohibited" in RFC 4254. */
const FORBIDDEN = 1;

/** The transport of a connection: a socket, or a channel through another server. */
export type Transport = Duplex & { ref(): unknown; unref(): unknown };

/** A use of a connection, which is not idle until it is released. */
export interface Lease {
  /** Sets whether it also keeps this process alive; at first it does. */
  keepAlive(should: boolean): void;
  release(): void;
}

interface Events {
  /** The connection has ended, by either side. */
  end: [];
  /** No one uses it any more. */
  idle: [];
}

/** One signed-in connection, its users and sessions counted. */
export class SshConnection extends EventEmitter<Events> {
  readonly #client: Client;
  readonly #transport: Transport;
  readonly #label: string;
  #isOpen: boolean;
  #uses = 0;
  #keepers = 0;
  #sessions = 0;
  #maxSessions = SESSIONS;

  constructor(client: Client, transport: Transport, label: string) {
    super();
    this.#client = client;
    this.#transport = transport;
    this.#label = label;
    this.#isOpen = !transport.destroyed;
    // Any error from here on ends the connection, and the end is handled.
    client.on("error", () => this.#abandon());
    client.once("close", () => this.#retire());
    this.#watch();
    transport.unref();
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get isIdle(): boolean {
    return this.#uses === 0;
  }

  /** The problem of every operation that was in progress when it ended. */
  get lost(): Problem {
    return new Problem("host-lost", { detail: this.#label });
  }

  lease(): Lease {
    let isActive = true;
    let keepsAlive = false;
    const keepAlive = (should: boolean) => {
      if (should !== keepsAlive) this.#countKeeper(should ? 1 : -1);
      keepsAlive = should;
    };
    const release = () => {
      if (!isActive) return;
      isActive = false;
      keepAlive(false);
      this.#uses -= 1;
      if (this.#uses === 0) this.emit("idle");
    };
    this.#uses += 1;
    keepAlive(true);
    return { keepAlive, release };
  }

  #countKeeper(change: 1 | -1): void {
    this.#keepers += change;
    // A destroyed socket would collect these requests.
    if (this.#transport.destroyed) return;
    if (this.#keepers > 0) this.#transport.ref();
    else this.#transport.unref();
  }

  /** Takes one of the places for sessions; false when there is none. */
  takePlace(): boolean {
    if (!this.#isOpen || this.#sessions >= this.#maxSessions) return false;
    this.#sessions += 1;
    return true;
  }

  givePlaceBack(): void {
    this.#sessions -= 1;
  }

  /** The server refused a session that had a place: it allows fewer than assumed. False when there was no other session. */
  learnLimit(): boolean {
    this.#maxSessions = Math.max(1, this.#sessions - 1);
    return this.#sessions > 1;
  }

  /** Rejects with `host-lost` when the connection ended and it is unknown whether the request was carried out. */
  open(end: ChannelEnd): Promise<Opened> {
    return new Promise((resolve, reject) => {
      const done: ChannelCallback = (error, channel) => {
        if (!error) resolve(watchExit(channel));
        else if (!this.#isOpen && error.message.startsWith(NO_ANSWER)) reject(this.lost);
        else resolve(this.#notOpened(error));
      };
      const isAsked = this.#isOpen && this.#tryTo(() => this.#ask(end, done));
      if (!isAsked) resolve(this.#notOpened());
    });
  }

  #notOpened({ message: detail, reason }: ChannelError = new Error(this.#label)): NotOpened {
    const refusal = reason === FORBIDDEN ? "forbidden" : "refused";
    return { channel: null, why: this.#isOpen ? refusal : "gone", detail };
  }

  #ask(end: ChannelEnd, done: ChannelCallback): void {
    if ("command" in end) this.#client.exec(end.command, done);
    else if ("socketPath" in end) this.#client.openssh_forwardOutStreamLocal(end.socketPath, done);
    else this.#client.forwardOut("127.0.0.1", 0, end.host, end.port, done);
  }

  end(): void {
    this.#retire();
    this.#client.end();
  }

  /** A cut network reports nothing. Any data is a sign of life; the pings make sure that some arrives. */
  #watch(): void {
    let silent = 0;
    this.#transport.on("data", () => {
      silent = 0;
    });
    const timer = setInterval(() => {
      silent += 1;
      if (silent > SILENT_PINGS) this.#abandon();
      // Cancels a forward that was never requested: the error of the server is the wanted answer.
      else this.#tryTo(() => this.#client.unforwardIn("127.0.0.1", 1, () => {}));
    }, PING_MS).unref();
    this.#transport.once("close", () => clearInterval(timer));
  }

  /** The library may know before us that the other end has closed; then every request throws. */
  #tryTo(ask: () => void): boolean {
    try {
      ask();
      return true;
    } catch {
      this.#abandon();
      return false;
    }
  }

  #abandon(): void {
    this.#retire();
    this.#transport.destroy();
  }

  /** It is given to no one any more. Operations in progress end with the transport. */
  #retire(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.emit("end");
  }
}

/** Listens from the start: a command may end before anyone else could listen. */
function watchExit(channel: ClientChannel): OpenChannel {
  let exit: ChannelExit | undefined;
  channel.once("exit", (code: number | null, signal?: string) => {
    exit = { code, signal: signal ?? null };
  });
  return { channel, exit: () => exit };
}

/**
 * A channel to something that listens on a host, as a socket: destroying it closes it immediately, and a lost connection is
 * an error (`host-lost`), not the end of the data. The methods that only a real socket has, and that HTTP clients call, do
 * nothing: the connection below is already without delay and kept alive.
 */
export class ForwardedSocket extends Duplex {
  readonly #channel: ClientChannel;
  readonly #lease: Lease;

  constructor(channel: ClientChannel, connection: SshConnection) {
    super({ allowHalfOpen: false });
    this.#channel = channel;
    this.#lease = connection.lease();
    this.once("close", this.#lease.release);
    const ended = () => {
      if (connection.isOpen) this.push(null);
      else this.destroy(connection.lost);
    };
    channel.on("data", (chunk: Buffer) => {
      if (!this.push(chunk) && !this.destroyed) channel.pause();
    });
    channel.once("end", ended).once("close", ended);
    channel.on("error", (error: Error) => this.destroy(error));
  }

  override _read(): void {
    this.#channel.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#channel.write(chunk, done);
  }

  override _final(done: () => void): void {
    this.#channel.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#channel.resume().close();
    done(error);
  }

  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  setTimeout(): this {
    return this;
  }

  ref(): this {
    this.#lease.keepAlive(true);
    return this;
  }
  unref(): this {
    this.#lease.keepAlive(false);
    return this;
  }
}
