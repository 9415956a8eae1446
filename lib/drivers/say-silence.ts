import { setTimeout as sleep } from "node:timers/promises";
import type { PhaseContext } from "./driver";
import { duration } from "./quantity";

const PACE = { askEveryMs: 5_000, patienceMs: 5_000 };

/**
 * Pings the host during the work: a network that drops every packet resembles a slow transfer. Logs how long the host
 * has been silent, at growing intervals, and when it answers again.
 */
export async function sayingSilence<T>(
  { host, base, log }: Pick<PhaseContext, "host" | "base" | "log">,
  work: () => Promise<T>,
  { askEveryMs, patienceMs } = PACE,
): Promise<T> {
  const done = new AbortController();
  const watching = (async () => {
    while (await wait(askEveryMs, done.signal)) {
      const askedMs = performance.now();
      const sign = host.stat(base).then(
        () => true,
        () => false, // the work itself retries
      );
      let waitMs = patienceMs;
      let answered: boolean | undefined;
      for (;;) {
        answered = await Promise.race([sign, wait(waitMs, done.signal).then(() => undefined)]);
        if (answered !== undefined || done.signal.aborted) break;
        log(`${host.label} has not answered for ${duration(performance.now() - askedMs)}; waiting for it`);
        waitMs *= 2;
      }
      if (answered === true && waitMs > patienceMs)
        log(`${host.label} answers again, after ${duration(performance.now() - askedMs)}`);
    }
  })();
  try {
    return await work();
  } finally {
    done.abort();
    await watching;
  }
}

/** False when the signal ended it. */
async function wait(ms: number, signal: AbortSignal): Promise<boolean> {
  await sleep(ms, undefined, { signal }).catch(() => {});
  return !signal.aborted;
}
