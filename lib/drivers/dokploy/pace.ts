import { setTimeout as sleep } from "node:timers/promises";

const LEAST_MS = 25;
const MOST_MS = 1_000;

/**
 * The pauses between requests for a status: a tenth of the elapsed time, so that waiting adds little to the server's
 * own time.
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
