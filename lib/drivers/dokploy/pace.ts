import { setTimeout as sleep } from "node:timers/promises";

const LEAST_MS = 25;
const MOST_MS = 1_000;

/**
 * Waits between two looks at the server: short at first, so that little is added to what it takes itself, and never more
 * than a tenth of what has passed.
 */
export class Pace {
  #startedMs = performance.now();

  get elapsedMs(): number {
    return performance.now() - this.#startedMs;
  }

  restart(): void {
    this.#startedMs = performance.now();
  }

  /** Rejects when the signal aborts. */
  async wait(signal: AbortSignal, mostMs = MOST_MS): Promise<void> {
    await sleep(Math.min(mostMs, Math.max(LEAST_MS, this.elapsedMs / 10)), undefined, { signal });
  }
}
