import { setTimeout as sleep } from "node:timers/promises";
import type { DokployPlace, ServicePlace } from "../driver";
import { findApplicationId } from "./ours";

const EVERY_MS = 1_000;
/** As much as a service may write between two looks without a gap. */
const FOLLOWED_LINES = 1_000;

/** The server gives no stream of a container's output, so that it is asked again and again. */
export async function* stackLogs(
  place: ServicePlace<DokployPlace>,
  { tail, follow, signal }: { tail: number; follow: boolean; signal: AbortSignal },
): AsyncGenerator<string> {
  const applicationId = await findApplicationId(place, signal);
  if (applicationId === null) return;
  let known = await read();
  yield* known.slice(-tail);
  while (follow && !signal.aborted) {
    await sleep(EVERY_MS, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    const now = await read();
    yield* now.slice(overlap(known, now));
    known = now;
  }

  /** As many lines each time: what came earlier is found at the beginning of what comes later. */
  async function read(): Promise<string[]> {
    const options = { tail: follow ? Math.max(tail, FOLLOWED_LINES) : tail };
    const text = await place.dokploy.readOutput(applicationId ?? "", options, signal);
    const all = (text ?? "").split("\n");
    if (all.at(-1) === "") all.pop();
    return all;
  }
}

/** How many of the later lines are the end of the earlier ones. */
export function overlap(earlier: readonly string[], later: readonly string[]): number {
  for (let size = Math.min(earlier.length, later.length); size > 0; size--) {
    const from = earlier.length - size;
    if (later.slice(0, size).every((line, index) => line === earlier[from + index])) return size;
  }
  return 0;
}
