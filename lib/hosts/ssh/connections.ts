import { setTimeout as sleep } from "node:timers/promises";
import { ExponentialBackoff, handleWhen, retry } from "cockatiel";
import type { AnyAuthMethod } from "ssh2";
import { Problem } from "@/lib/contracts/problem";
import { log } from "@/lib/platform/log";
import { abortable } from "./abortable";
import { connect, signInOf } from "./connect";
import { labelOf, type SshLogin } from "./settings";
import {
  type ChannelEnd,
  ForwardedSocket,
  type Lease,
  type NotOpened,
  type OpenChannel,
  type SshConnection,
} from "./ssh-connection";

/** How long connecting to a silent host is retried, and the first pause. */
const RECONNECT_FOR_MS = 5_000;
const RECONNECT_AFTER_MS = 200;

const MAX_CONNECTIONS = 8;

/**
 * A session that has just ended may still count on the server, for seconds on a busy one: a refusal is final only after
 * this many retries, each after twice the previous pause.
 */
const REFUSALS = 8;
const REFUSED_PAUSE_MS = 25;

/** How long an unused connection stays open: the last one, and a spare one. */
const IDLE_MS = { wanted: 300_000, spare: 10_000 } as const;

export interface Session extends OpenChannel {
  connection: SshConnection;
  /** Released when the channel closes. */
  lease: Lease;
}

/**
 * The connections of this process to one login. Usually one: sshd limits the sessions of a connection, so sessions beyond
 * that wait a moment for a place, and then more connections are opened.
 */
export class Connections {
  readonly login: SshLogin;
  readonly #jump: Connections | undefined;
  readonly #open = new Set<SshConnection>();
  readonly #idle = new Map<SshConnection, NodeJS.Timeout>();
  readonly #places = new SessionPlaces(this.#open, () => this.#connectMore());
  #signIn: AnyAuthMethod | undefined;
  #connecting: Promise<SshConnection> | undefined;
  #users = 0;

  constructor(login: SshLogin, jump?: Connections) {
    this.login = login;
    this.#jump = jump;
  }

  get isWanted(): boolean {
    return this.#users > 0 || this.#open.size > 0;
  }

  join(): void {
    this.#users += 1;
    this.#jump?.join();
  }

  leave(): void {
    this.#users -= 1;
    this.#jump?.leave();
    for (const connection of this.#open) this.#watchIdle(connection);
  }

  /** An open connection; opens one if there is none. Rejects as `connect` does, after trying for some seconds. */
  async any(signal?: AbortSignal): Promise<SshConnection> {
    signal?.throwIfAborted();
    const [first] = this.#open;
    return first ?? abortable(this.#connect(), signal);
  }

  /** Opens a session for a command on whichever connection has a place. */
  async session(end: ChannelEnd, signal?: AbortSignal): Promise<Session> {
    for (let refusals = 0; ; ) {
      const connection = await this.#places.take(signal);
      const lease = connection.lease();
      const giveBack = () => {
        lease.release();
        this.#places.giveBack(connection);
      };
      const opened = await connection.open(end).catch((error: unknown) => {
        giveBack();
        throw error;
      });
      if (opened.channel) {
        opened.channel.once("close", giveBack);
        return { ...opened, connection, lease };
      }
      if (opened.why !== "gone" && !connection.learnLimit()) {
        refusals += 1;
        await sleep(REFUSED_PAUSE_MS * 2 ** refusals);
      }
      giveBack();
      if (refusals === REFUSALS) throw refusedProblem(opened);
    }
  }

  /** Opens a channel to something that listens on the host; returns the reason when the host refuses. */
  async forward(end: ChannelEnd, signal?: AbortSignal): Promise<ForwardedSocket | NotOpened> {
    for (;;) {
      const connection = await this.any(signal);
      const lease = connection.lease();
      const opened = await connection.open(end).finally(lease.release);
      if (opened.channel) return new ForwardedSocket(opened.channel, connection);
      if (opened.why !== "gone") return opened;
    }
  }

  #connect(): Promise<SshConnection> {
    this.#connecting ??= this.#tryToConnect().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  #connectMore(): void {
    if (this.#open.size >= MAX_CONNECTIONS) return;
    this.#connect().catch((error: unknown) => {
      if (this.#open.size === 0) this.#places.rejectAll(error);
      else log.warn({ err: error, host: labelOf(this.login) }, "no further connection");
    });
  }

  async #tryToConnect(): Promise<SshConnection> {
    const startedMs = performance.now();
    const isWorthRepeating = (error: Error) =>
      error instanceof Problem && error.code === "host-unreachable" && performance.now() - startedMs < RECONNECT_FOR_MS;
    const backoff = new ExponentialBackoff({ initialDelay: RECONNECT_AFTER_MS, maxDelay: 1_000 });
    const connection = await retry(handleWhen(isWorthRepeating), { backoff }).execute(async () => {
      this.#signIn ??= signInOf(this.login);
      return connect(this.login, this.#signIn, await this.#jump?.any());
    });
    this.#add(connection);
    return connection;
  }

  #add(connection: SshConnection): void {
    if (!connection.isOpen) return;
    this.#open.add(connection);
    connection.on("idle", () => this.#watchIdle(connection));
    connection.once("end", () => {
      this.#open.delete(connection);
      clearTimeout(this.#idle.get(connection));
      this.#idle.delete(connection);
      this.#places.serve();
    });
    this.#watchIdle(connection);
    this.#places.serve();
  }

  #watchIdle(connection: SshConnection): void {
    clearTimeout(this.#idle.get(connection));
    if (!connection.isIdle || !connection.isOpen) return;
    const isSpare = () => this.#users === 0 || this.#open.size > 1;
    const wasSpare = isSpare();
    const end = () => {
      // It is used again; its next idle event comes here.
      if (!connection.isIdle) return;
      // Of several connections all but one end: the last one is not spare any more.
      if (wasSpare && !isSpare()) this.#watchIdle(connection);
      else connection.end();
    };
    this.#idle.set(connection, setTimeout(end, wasSpare ? IDLE_MS.spare : IDLE_MS.wanted).unref());
  }
}

function refusedProblem({ detail }: NotOpened): Problem {
  return new Problem("command-failed", { params: { command: "ssh" }, detail });
}

/** How long a session waits for a place on the open connections before another connection is requested. */
const PATIENCE_MS = 250;

interface Waiter {
  resolve(connection: SshConnection): void;
  reject(reason: unknown): void;
}

/** Assigns places for sessions on several connections, in the order of the requests. */
class SessionPlaces {
  readonly #connections: Iterable<SshConnection>;
  readonly #askForMore: () => void;
  readonly #waiting: Waiter[] = [];
  #patience: NodeJS.Timeout | undefined;

  /** `askForMore` is called while a session waits: immediately where there is no connection, else after a moment. */
  constructor(connections: Iterable<SshConnection>, askForMore: () => void) {
    this.#connections = connections;
    this.#askForMore = askForMore;
  }

  take(signal?: AbortSignal): Promise<SshConnection> {
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(signal?.reason);
      };
      const done = () => signal?.removeEventListener("abort", abort);
      const waiter: Waiter = {
        resolve: (connection) => resolve(done() ?? connection),
        reject: (reason) => reject(done() ?? reason),
      };
      signal?.addEventListener("abort", abort, { once: true });
      this.#waiting.push(waiter);
      this.serve();
    });
  }

  giveBack(connection: SshConnection): void {
    connection.givePlaceBack();
    this.serve();
  }

  /** Also to be called when a connection was opened or has ended. */
  serve(): void {
    let isNone = true;
    for (const connection of this.#connections) {
      isNone = false;
      while (this.#waiting.length > 0 && connection.takePlace()) this.#waiting.shift()?.resolve(connection);
    }
    if (this.#waiting.length === 0) return;
    if (isNone) this.#askForMore();
    else this.#patience ??= setTimeout(() => this.#losePatience(), PATIENCE_MS);
  }

  rejectAll(reason: unknown): void {
    for (const waiter of this.#waiting.splice(0)) waiter.reject(reason);
  }

  #losePatience(): void {
    this.#patience = undefined;
    if (this.#waiting.length > 0) this.#askForMore();
  }
}
