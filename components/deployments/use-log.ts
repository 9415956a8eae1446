import { useEffect, useMemo, useSyncExternalStore } from "react";
import { type LogSource, MatchingLog, type WholeLog } from "./log-source";
import { type LogFilter, readLogOf } from "./queries";

export type ObservedLog = LogSource & { total?: () => number | undefined };

/** The interval at which a search of a growing log is repeated for its new lines. */
const SEARCH_AGAIN_MS = 1_000;

/** The whole log, or the lines that match a phase and a search. */
export function useLogSource(deploymentId: string, log: WholeLog, { phase, search }: LogFilter): ObservedLog {
  const matching = useMemo(
    () => (phase || search ? new MatchingLog(readLogOf(deploymentId), { phase, search }) : undefined),
    [deploymentId, phase, search],
  );
  useEffect(() => {
    if (!matching) return;
    let lookAgain: ReturnType<typeof setTimeout> | undefined;
    const unsubscribe = log.subscribe(() => {
      lookAgain ??= setTimeout(() => {
        lookAgain = undefined;
        matching.grown();
      }, SEARCH_AGAIN_MS);
    });
    return () => {
      unsubscribe();
      clearTimeout(lookAgain);
    };
  }, [log, matching]);
  return matching ?? log;
}

/** Renders again whenever the log has changed. */
export function useLogVersion(source: LogSource): number {
  return useSyncExternalStore(source.subscribe, source.version, source.version);
}

/** How many lines there are, and why the last fetch failed. */
export function useLogCount(source: ObservedLog): { count: number | undefined; error: unknown } {
  useLogVersion(source);
  return { count: source.total ? source.total() : source.count(), error: source.error() };
}

function subscribe(listener: () => void): () => void {
  window.addEventListener("hashchange", listener);
  return () => window.removeEventListener("hashchange", listener);
}

/** The line that the address names (`#L123`), and a setter that adds no history entries. */
export function useLineHash(): [number | undefined, (line: number) => void] {
  const line = useSyncExternalStore(subscribe, readLine, () => undefined);
  const setLine = (next: number) => {
    window.history.replaceState(null, "", `#L${next}`);
    window.dispatchEvent(new HashChangeEvent("hashchange"));
  };
  return [line, setLine];
}

function readLine(): number | undefined {
  const digits = /^#L(\d{1,9})$/.exec(window.location.hash)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
