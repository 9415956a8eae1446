import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "@/lib/contracts/problem";

/** Of losses in a row that brought nothing; the pauses before them add up to 16 s. */
const MAX_LOSSES = 6;
const FIRST_PAUSE_MS = 250;

/**
 * Repeats what a lost connection broke off, for as long as each attempt gets further than all before it; rejects with
 * the last loss when none does. `attempt` is told whether it is a repeat, `reached` how far they have come.
 */
export async function despiteLosses<T>(
  attempt: (isRepeat: boolean) => Promise<T>,
  reached: () => number,
  signal: AbortSignal | undefined,
  firstPauseMs = FIRST_PAUSE_MS,
): Promise<T> {
  let furthest = reached();
  let isRepeat = false;
  for (let losses = 0; ; isRepeat = true) {
    try {
      return await attempt(isRepeat);
    } catch (error) {
      signal?.throwIfAborted();
      losses = reached() > furthest ? 1 : losses + 1;
      if (!isLoss(error) || losses > MAX_LOSSES) throw error;
      furthest = Math.max(furthest, reached());
    }
    const pause = sleep(firstPauseMs * 2 ** (losses - 1), undefined, { signal });
    // Its own error hides the reason.
    await pause.catch(() => signal?.throwIfAborted());
  }
}

function isLoss(error: unknown): boolean {
  return error instanceof Problem && (error.code === "host-lost" || error.code === "host-unreachable");
}
