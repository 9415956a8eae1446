import { type Fact, fact } from "@/lib/contracts/fact";
import { count } from "./quantity";

/** Requests and connections of a release that did not end within the drain timeout. */
export interface CutShort {
  /** Requests whose body was not complete. */
  uploads: number;
  /** Event streams, which end only when one side closes them. */
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

/** A log line about a stop, with the requests it cut short. */
export function withCutShort(said: string, cuts: readonly CutShort[]): string {
  const words = cutShortWords(cuts);
  return words === null ? said : `${said}; ${words}`;
}

/** `cut short: 1 upload, 2 event streams`, for the log; null when every request ended. */
export function cutShortWords(cuts: readonly CutShort[]): string | null {
  const parts = cutKinds(cuts).map(([kind, total]) => `${count(total)} ${WORDS[kind][total === 1 ? 0 : 1]}`);
  return parts.length === 0 ? null : `cut short: ${parts.join(", ")}`;
}

/** The same as facts of a phase. */
export function cutShortFacts(cuts: readonly CutShort[]): Fact[] {
  return cutKinds(cuts).map(([kind, total]) => fact(`${kind}-cut`, { count: total }));
}

function cutKinds(cuts: readonly CutShort[]): [kind: keyof CutShort, total: number][] {
  const kinds = Object.keys(WORDS) as (keyof CutShort)[];
  return kinds
    .map((kind): [keyof CutShort, number] => [kind, cuts.reduce((sum, cut) => sum + cut[kind], 0)])
    .filter(([, total]) => total > 0);
}
