import { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
import type { Client, ClientChannel } from "ssh2";
import { Problem } from "@/lib/contracts/problem";

/** What sshd allows by default (MaxSessions). */
const SESSIONS = 10;

const PING_MS = 5_000;
/** Pings in a row that nothing came back for, after which the host counts as gone. */
const SILENT_PINGS = 5;

/** What a channel leads to: a command line, or something that listens on the host. */
export type ChannelEnd = { command: string } | { port: number; host: string } | { socketPath: string };

/** Why there is no channel: the connection ended before the server was asked, its settings forbid it, or it could not. */
export interface NotOpened {
  channel: null;
  why: "gone" | "forbidden" | "refused";
  detail: string;
}
export type Opened = OpenChannel | NotOpened;

export interface OpenChannel {
  channel: ClientChannel;
  /** How the command at its other end ended, as far as the server has said so. */
  exit(): ChannelExit | undefined;
}
export interface ChannelExit {
  code: number | null;
  signal: string | null;
}

type ChannelError = Error & { reason?: unknown };
type ChannelCallback = (error: ChannelError | undefined, channel: ClientChannel) => void;
/** How the library's words for a request begin that was sent and never answered. */
const NO_ANSWER = "Unable to ";
/** "Administratively prohibited" in RFC 4254. */
const FORBIDDEN = 1;

/** What a connection runs over: a socket, or a way through another server. */
export type Transport = Duplex & { ref(): unknown; unref(): unknown };

/** Somebody's use of a connection: it is not idle for so long. */
export interface Hold {
  /** Whether it also keeps this process alive; at first it does. */
  keepAlive(should: boolean): void;
  letGo(): void;
}

interface Events {
  /** The connection is gone, whoever ended it. */
  end: [];
  /** Nobody uses it any more. */
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
    // What goes wrong from here on ends the connection, and its end is what counts.
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

  /** What to tell whoever was in the middle of something when it ended. */
  get lost(): Problem {
    return new Problem("host-lost", { detail: this.#label });
  }

  hold(): Hold {
    let isHeld = true;
    let keepsAlive = false;
    const keepAlive = (should: boolean) => {
      if (should !== keepsAlive) this.#countKeeper(should ? 1 : -1);
      keepsAlive = should;
    };
    const letGo = () => {
      if (!isHeld) return;
      isHeld = false;
      keepAlive(false);
      this.#uses -= 1;
      if (this.#uses === 0) this.emit("idle");
    };
    this.#uses += 1;
    keepAlive(true);
    return { keepAlive, letGo };
  }

  #countKeeper(change: 1 | -1): void {
    this.#keepers += change;
    // A socket that is no more collects such wishes.
    if (this.#transport.destroyed) return;
    if (this.#keepers > 0) this.#transport.ref();
    else this.#transport.unref();
  }

  /** Takes one of the places for sessions, if there is one. */
  takePlace(): boolean {
    if (!this.#isOpen || this.#sessions >= this.#maxSessions) return false;
    this.#sessions += 1;
    return true;
  }

  givePlaceBack(): void {
    this.#sessions -= 1;
  }

  /** The server refused a session that had a place: it allows fewer than was thought. False when it had no other. */
  learnLimit(): boolean {
    this.#maxSessions = Math.max(1, this.#sessions - 1);
    return this.#sessions > 1;
  }

  /** Rejects with `host-lost` when the connection ended and nobody knows whether what was asked for began. */
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

  /** A network that was cut says nothing. Whatever arrives is a sign of life; the pings make sure that something does. */
  #watch(): void {
    let silent = 0;
    this.#transport.on("data", () => {
      silent = 0;
    });
    const timer = setInterval(() => {
      silent += 1;
      if (silent > SILENT_PINGS) this.#abandon();
      // Takes back a forward that was never asked for. The server says so, and that is the answer wanted.
      else this.#tryTo(() => this.#client.unforwardIn("127.0.0.1", 1, () => {}));
    }, PING_MS).unref();
    this.#transport.once("close", () => clearInterval(timer));
  }

  /** The library may know before us that the other end has closed; asking it for anything throws then. */
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

  /** From now on nobody gets it. What is under way on it ends when the transport has. */
  #retire(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.emit("end");
  }
}

/** From the first moment: what ends at once has ended before anybody else could listen. */
function watchExit(channel: ClientChannel): OpenChannel {
  let exit: ChannelExit | undefined;
  channel.once("exit", (code: number | null, signal?: string) => {
    exit = { code, signal: signal ?? null };
  });
  return { channel, exit: () => exit };
}
