import type { LogLine } from "@/lib/contracts/event";
import { PHASE_KEYS, type PhaseKey } from "@/lib/contracts/phase";
import type { LogFilter, LogRow, ReadLog } from "./queries";

/** Lines per fetch. */
const BLOCK = 500;
/** Rows before the last match at which the next block of matches is fetched. */
const AHEAD = 200;
const SETTLE_MS = 50;
/** The pause after a failed fetch. */
const RETRY_MS = 3_000;
const LONGEST_SEARCH = 200;

/** Lines as the log view draws them: all lines, or the matches of a search. */
export interface LogSource {
  /** How many rows there are to draw. */
  count(): number;
  /** Undefined while it is being fetched. */
  at(index: number): LogRow | undefined;
  /** The row of a line of the whole log; undefined when it is not (yet) among the rows. */
  indexOf(line: number): number | undefined;
  /** Fetches what is missing of these visible rows. */
  ensure(first: number, last: number): void;
  /** Why the last fetch failed; undefined once one succeeded. Fetches are retried automatically. */
  error(): unknown;
  subscribe(listener: () => void): () => void;
  /** A number that increases with every change. */
  version(): number;
}

/** The log filter in an address. */
export function readLogFilter({ phase, search }: Readonly<Record<string, string>>): LogFilter {
  const key = PHASE_KEYS.find((known) => known === phase);
  return { ...(key && { phase: key }), ...(search && search.length <= LONGEST_SEARCH && { search }) };
}

/**
 * Every line of a deployment, by its number: blocks are fetched when they become visible, new lines arrive as events. A
 * line that arrives twice (from an event and from a block) is stored at the same index, so it appears once.
 */
export class WholeLog implements LogSource {
  readonly #rows: (LogRow | undefined)[] = [];
  readonly #fetching = new Set<number>();
  readonly #signal = new ChangeSignal();
  readonly #read: ReadLog;
  #count: number;
  #error: unknown;
  #sight = { first: 0, last: 0 };
  #settling: ReturnType<typeof setTimeout> | undefined;

  /** `known` are lines that arrived with the page, so that it can draw them immediately. */
  constructor(read: ReadLog, count: number, known: readonly LogRow[] = []) {
    this.#read = read;
    this.#count = count;
    for (const row of known) this.#rows[row.n - 1] = row;
  }

  readonly subscribe = this.#signal.subscribe;
  readonly version = this.#signal.version;

  count(): number {
    return this.#count;
  }

  at(index: number): LogRow | undefined {
    return this.#rows[index];
  }

  indexOf(line: number): number | undefined {
    return line >= 1 && line <= this.#count ? line - 1 : undefined;
  }

  error(): unknown {
    return this.#error;
  }

  /** Adds the lines of an event. */
  append(phase: PhaseKey | null, firstLine: number, lines: readonly LogLine[]): void {
    for (const [offset, line] of lines.entries()) {
      const n = firstLine + offset;
      this.#rows[n - 1] ??= { n, phase, line };
    }
    this.grow(firstLine + lines.length - 1);
    this.#signal.changed();
  }

  /** The log has this many lines by now, fetched or not. */
  grow(count: number): void {
    if (count <= this.#count) return;
    this.#count = count;
    this.#signal.changed();
  }

  /** A fast scroll passes many blocks; only the rows that are visible after SETTLE_MS are fetched. */
  ensure(first: number, last: number): void {
    this.#sight = { first, last };
    this.#settling ??= setTimeout(() => {
      this.#settling = undefined;
      this.#fetchSight();
    }, SETTLE_MS);
  }

  #fetchSight(): void {
    const { first, last } = this.#sight;
    const end = Math.min(last, this.#count - 1);
    for (let block = Math.floor(Math.max(0, first) / BLOCK); block * BLOCK <= end; block += 1) {
      const inSight = [Math.max(first, block * BLOCK), Math.min(end, (block + 1) * BLOCK - 1)] as const;
      if (!this.#fetching.has(block) && this.#lacks(...inSight)) void this.#fetch(block);
    }
  }

  #lacks(first: number, last: number): boolean {
    for (let index = first; index <= last; index += 1) if (this.#rows[index] === undefined) return true;
    return false;
  }

  async #fetch(block: number): Promise<void> {
    this.#fetching.add(block);
    try {
      const { lines, total } = await this.#read({ from: block * BLOCK + 1, limit: BLOCK });
      for (const row of lines) this.#rows[row.n - 1] ??= row;
      this.grow(total);
      this.#error = undefined;
      this.#done(block);
    } catch (error) {
      this.#error = error;
      setTimeout(() => this.#done(block), RETRY_MS);
      this.#signal.changed();
    }
  }

  #done(block: number): void {
    this.#fetching.delete(block);
    this.#signal.changed();
  }
}

/** The lines that match a phase and a search, fetched while scrolling; the server searches. */
export class MatchingLog implements LogSource {
  readonly #rows: LogRow[] = [];
  readonly #signal = new ChangeSignal();
  readonly #read: ReadLog;
  readonly #filter: LogFilter;
  #total: number | undefined;
  #isFetching = false;
  #mayHaveMore = true;
  #error: unknown;

  constructor(read: ReadLog, filter: LogFilter) {
    this.#read = read;
    this.#filter = filter;
    void this.#fetch();
  }

  readonly subscribe = this.#signal.subscribe;
  readonly version = this.#signal.version;

  count(): number {
    return this.#rows.length;
  }

  /** The number of all matches, fetched or not; undefined until the server has reported it. */
  total(): number | undefined {
    return this.#total;
  }

  at(index: number): LogRow | undefined {
    return this.#rows[index];
  }

  indexOf(line: number): number | undefined {
    const index = this.#rows.findIndex(({ n }) => n === line);
    return index === -1 ? undefined : index;
  }

  ensure(_first: number, last: number): void {
    if (this.#mayHaveMore && last >= this.#rows.length - AHEAD) void this.#fetch();
  }

  error(): unknown {
    return this.#error;
  }

  /** The log has grown: the new lines may contain matches. */
  grown(): void {
    this.#mayHaveMore = true;
    void this.#fetch();
  }

  async #fetch(): Promise<void> {
    if (this.#isFetching) return;
    this.#isFetching = true;
    try {
      const from = (this.#rows.at(-1)?.n ?? 0) + 1;
      const { lines, total } = await this.#read({ ...this.#filter, from, limit: BLOCK });
      this.#rows.push(...lines);
      this.#mayHaveMore = lines.length === BLOCK;
      this.#total = Math.max(total, this.#rows.length);
      this.#error = undefined;
      this.#done();
    } catch (error) {
      this.#error = error;
      setTimeout(() => this.#done(), RETRY_MS);
      this.#signal.changed();
    }
  }

  #done(): void {
    this.#isFetching = false;
    this.#signal.changed();
  }
}

/** Notifies listeners of changes, at most once per frame. */
class ChangeSignal {
  #version = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #listeners = new Set<() => void>();

  constructor(readonly everyMs = 40) {}

  /** Not requestAnimationFrame: it pauses in a hidden tab. */
  changed(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#version += 1;
      for (const listener of this.#listeners) listener();
    }, this.everyMs);
  }

  readonly version = (): number => this.#version;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
}
