import { setTimeout as sleep } from "node:timers/promises";

const LOOK_EVERY_MS = 20;

/**
 * Waits until it holds and answers what it found; what never came true fails with its description. Looks often, for
 * moments that pass; give a longer `everyMs` where the state stays, so that waiting leaves the processors to the others.
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
