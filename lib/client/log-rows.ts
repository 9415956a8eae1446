import { PHASE_KEYS, type PhaseKey } from "@/lib/contracts/phase";
import { type Answer, api } from "./api";

export type LogPage = Answer<"LogPage">;
export type LogRow = LogPage["lines"][number];

export interface LogFilter {
  phase?: PhaseKey;
  search?: string;
}

const LONGEST_SEARCH = 200;

/** What an address narrows the log to. */
export function readLogFilter({ phase, search }: Readonly<Record<string, string>>): LogFilter {
  const key = PHASE_KEYS.find((known) => known === phase);
  return { ...(key && { phase: key }), ...(search && search.length <= LONGEST_SEARCH && { search }) };
}

export type ReadLog = (query: LogFilter & { from?: number; limit: number }) => Promise<LogPage>;

export function readLogOf(deploymentId: string): ReadLog {
  return (query) => api.get(`/deployments/${deploymentId}/logs`, "LogPage", { query: { ...query } });
}

/** How long after a failed fetch the next one waits. */
export const LOG_RETRY_MS = 3_000;

/** Lines as the log view draws them, whether it shows all of them or those a search lets through. */
export interface LogSource {
  /** How many rows there are to draw. */
  count(): number;
  /** Undefined while it is on its way. */
  at(index: number): LogRow | undefined;
  /** Where a line of the whole log is drawn; undefined when it is not (yet) among the rows. */
  indexOf(line: number): number | undefined;
  /** These rows are looked at: fetch what is missing. */
  ensure(first: number, last: number): void;
  /** Why the last fetch failed; undefined once one succeeded. It is tried again by itself. */
  error(): unknown;
  subscribe(listener: () => void): () => void;
  /** Another number whenever something changed. */
  version(): number;
}
