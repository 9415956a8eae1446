import { setTimeout as sleep } from "node:timers/promises";

const LOOK_EVERY_MS = 20;

/**
 * Waits until the check returns a value, and returns it; a timeout fails with the description. Polls often, for
 * short-lived states; pass a longer `everyMs` for a lasting state, so that waiting leaves the processors to other work.
 */
export async function until<T>(
  what: string,
  holds: () => Promise<T> | T,
  { withinMs = 60_000, everyMs = LOOK_EVERY_MS } = {},
): Promise<NonNullable<T>> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = await holds();
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(everyMs);
  }
}
