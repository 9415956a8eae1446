import { type Fact, fact } from "@/lib/contracts/fact";
import { count } from "./quantity";

/** What was under way to a release and did not end within the time it had for that. */
export interface CutShort {
  /** Requests whose body had not come in whole. */
  uploads: number;
  /** Event streams, which end only when somebody ends them. */
  streams: number;
  /** WebSockets and the like. */
  connections: number;
  requests: number;
}

export const NOTHING_CUT: CutShort = { uploads: 0, streams: 0, connections: 0, requests: 0 };

const WORDS: Record<keyof CutShort, [one: string, more: string]> = {
  uploads: ["upload", "uploads"],
  streams: ["event stream", "event streams"],
  connections: ["open connection", "open connections"],
  requests: ["request", "requests"],
};

/** What was said of a stop, and of what did not come to its end by it. */
export function withCutShort(said: string, cuts: readonly CutShort[]): string {
  const words = cutShortWords(cuts);
  return words === null ? said : `${said}; ${words}`;
}

/** `cut short: 1 upload, 2 event streams`, for the log; null when all came to an end. */
export function cutShortWords(cuts: readonly CutShort[]): string | null {
  const parts = cutKinds(cuts).map(([kind, total]) => `${count(total)} ${WORDS[kind][total === 1 ? 0 : 1]}`);
  return parts.length === 0 ? null : `cut short: ${parts.join(", ")}`;
}

/** The same, of a phase. */
export function cutShortFacts(cuts: readonly CutShort[]): Fact[] {
  return cutKinds(cuts).map(([kind, total]) => fact(`${kind}-cut`, { count: total }));
}

function cutKinds(cuts: readonly CutShort[]): [kind: keyof CutShort, total: number][] {
  const kinds = Object.keys(WORDS) as (keyof CutShort)[];
  return kinds
    .map((kind): [keyof CutShort, number] => [kind, cuts.reduce((sum, cut) => sum + cut[kind], 0)])
    .filter(([, total]) => total > 0);
}
