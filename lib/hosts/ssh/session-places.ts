import type { SshConnection } from "./ssh-connection";

/** How long somebody waits for a place on the connections there are before another one is asked for. */
const PATIENCE_MS = 250;

interface Waiter {
  resolve(connection: SshConnection): void;
  reject(reason: unknown): void;
}

/** Hands out the places for sessions on several connections, in the order they were asked for. */
export class SessionPlaces {
  readonly #connections: Iterable<SshConnection>;
  readonly #askForMore: () => void;
  readonly #waiting: Waiter[] = [];
  #patience: NodeJS.Timeout | undefined;

  /** `askForMore` is called while somebody waits: at once where there is no connection, else after a moment. */
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

  /** To be called when a connection came or went, too. */
  serve(): void {
    let isNone = true;
    for (const connection of this.#connections) {
      isNone = false;
      while (this.#waiting.length > 0 && connection.takePlace()) this.#waiting.shift()?.resolve(connection);
    }
    if (this.#waiting.length === 0) return;
    if (isNone) this.#askForMore();
    else this.#patience ??= setTimeout(() => this.#loosePatience(), PATIENCE_MS);
  }

  rejectAll(reason: unknown): void {
    for (const waiter of this.#waiting.splice(0)) waiter.reject(reason);
  }

  #loosePatience(): void {
    this.#patience = undefined;
    if (this.#waiting.length > 0) this.#askForMore();
  }
}
