import { setTimeout as sleep } from "node:timers/promises";
import type { OutputLine } from "@/lib/drivers/dokploy/client/types";
import type { DokployPlace, OutputPiece, ServicePlace } from "../driver";
import { findApplicationId } from "./ours";

const EVERY_MS = 1_000;
/** As much as a service may write between two looks without a gap. */
const FOLLOWED_LINES = 1_000;

/** The server gives no stream of a container's output, so that it is asked again and again. */
export async function* stackLogs(
  place: ServicePlace<DokployPlace>,
  { tail, follow, signal }: { tail: number; follow: boolean; signal: AbortSignal },
): AsyncGenerator<OutputPiece> {
  const applicationId = await findApplicationId(place, signal);
  if (applicationId === null) return;
  const asked = follow ? Math.max(tail, FOLLOWED_LINES) : tail;
  let known = await read();
  yield* piecesOf(known.slice(-tail));
  while (follow && !signal.aborted) {
    await sleep(EVERY_MS, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    const now = await read();
    const same = overlap(known.map(keyOf), now.map(keyOf));
    // How many more there were the server does not tell.
    if (same === 0 && known.length > 0 && now.length >= asked)
      yield piece(`[landfall] more lines than ${asked} came at once: some were left out`);
    yield* piecesOf(now.slice(same));
    known = now;
  }

  /** As many lines each time: what came earlier is found at the beginning of what comes later. */
  async function read(): Promise<OutputLine[]> {
    return (await place.dokploy.readOutput(applicationId ?? "", { tail: asked }, signal)) ?? [];
  }
}

const keyOf = ({ at, text }: OutputLine) => `${at} ${text}`;
const piece = (text: string): OutputPiece => ({ text, goesOn: false });
const piecesOf = (lines: readonly OutputLine[]) => lines.map(({ text }) => piece(text));

/** How many of the later lines are the end of the earlier ones. */
export function overlap(earlier: readonly string[], later: readonly string[]): number {
  for (let size = Math.min(earlier.length, later.length); size > 0; size--) {
    const from = earlier.length - size;
    if (later.slice(0, size).every((line, index) => line === earlier[from + index])) return size;
  }
  return 0;
}
