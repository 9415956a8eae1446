import { setTimeout as sleep } from "node:timers/promises";
import { ExponentialBackoff, handleWhen, retry } from "cockatiel";
import type { AnyAuthMethod } from "ssh2";
import { Problem } from "@/lib/contracts/problem";
import { log } from "@/lib/platform/log";
import { abortable } from "./abortable";
import { connect, signInOf } from "./connect";
import { ForwardedSocket } from "./forwarded-socket";
import { SessionPlaces } from "./session-places";
import { labelOf, type SshLogin } from "./settings";
import type { ChannelEnd, Hold, NotOpened, OpenChannel, SshConnection } from "./ssh-connection";

/** For how long a host that does not answer is asked again, and how soon at first. */
const RECONNECT_FOR_MS = 5_000;
const RECONNECT_AFTER_MS = 200;

const MAX_CONNECTIONS = 8;

/**
 * A session that has just ended may still count on the server, for seconds on a busy one: a refusal is final only after
 * this many, each with twice the pause of the one before.
 */
const REFUSALS = 8;
const REFUSED_PAUSE_MS = 25;

/** How long an unused connection stays: the one that somebody may come back to, and one that nobody will. */
const IDLE_MS = { wanted: 300_000, spare: 10_000 } as const;

export interface Session extends OpenChannel {
  connection: SshConnection;
  /** Let go by itself when the channel closes. */
  hold: Hold;
}

/**
 * The connections of this process to one login. Usually one: sshd limits the sessions of a connection, so what is
 * beyond that waits a moment for a place, and then more connections are made.
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

  /** An open connection; makes one if there is none. Rejects as `connect` does, after trying for some seconds. */
  async any(signal?: AbortSignal): Promise<SshConnection> {
    signal?.throwIfAborted();
    const [first] = this.#open;
    return first ?? abortable(this.#connect(), signal);
  }

  /** Opens a session for a command on whichever connection has a place. */
  async session(end: ChannelEnd, signal?: AbortSignal): Promise<Session> {
    for (let refusals = 0; ; ) {
      const connection = await this.#places.take(signal);
      const hold = connection.hold();
      const giveBack = () => {
        hold.letGo();
        this.#places.giveBack(connection);
      };
      const opened = await connection.open(end).catch((error: unknown) => {
        giveBack();
        throw error;
      });
      if (opened.channel) {
        opened.channel.once("close", giveBack);
        return { ...opened, connection, hold };
      }
      if (opened.why !== "gone" && !connection.learnLimit()) {
        refusals += 1;
        await sleep(REFUSED_PAUSE_MS * 2 ** refusals);
      }
      giveBack();
      if (refusals === REFUSALS) throw refusedProblem(opened);
    }
  }

  /** Opens a way to something that listens on the host; says why when the host refuses. */
  async forward(end: ChannelEnd, signal?: AbortSignal): Promise<ForwardedSocket | NotOpened> {
    for (;;) {
      const connection = await this.any(signal);
      const hold = connection.hold();
      const opened = await connection.open(end).finally(hold.letGo);
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
      // Somebody came back to it meanwhile, and will leave it again.
      if (!connection.isIdle) return;
      // Of several, all but one end: the last to come here is not spare any more.
      if (wasSpare && !isSpare()) this.#watchIdle(connection);
      else connection.end();
    };
    this.#idle.set(connection, setTimeout(end, wasSpare ? IDLE_MS.spare : IDLE_MS.wanted).unref());
  }
}

function refusedProblem({ detail }: NotOpened): Problem {
  return new Problem("command-failed", { params: { command: "ssh" }, detail });
}
