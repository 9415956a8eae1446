import type { LogLine } from "@/lib/contracts/event";
import type { PhaseKey } from "@/lib/contracts/phase";
import { ChangeSignal } from "./change-signal";
import { LOG_RETRY_MS, type LogRow, type LogSource, type ReadLog } from "./log-rows";

/** Lines fetched at once. */
const BLOCK = 500;
const SETTLE_MS = 50;

/**
 * Every line of a deployment, known by its number: blocks are fetched when they are looked at, new lines arrive as
 * events. A line that comes twice (from an event and from a block) is put in the same place, so it is there once.
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

  /** `known` are lines that are there already, so that a page can draw them at once. */
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

  /** What an event brought. */
  append(phase: PhaseKey | null, firstLine: number, lines: readonly LogLine[]): void {
    for (const [offset, line] of lines.entries()) {
      const n = firstLine + offset;
      this.#rows[n - 1] ??= { n, phase, line };
    }
    this.grow(firstLine + lines.length - 1);
    this.#signal.changed();
  }

  /** There are this many lines by now, wherever they are. */
  grow(count: number): void {
    if (count <= this.#count) return;
    this.#count = count;
    this.#signal.changed();
  }

  /** A fast scroll passes many blocks: only where it has come to when the time is up is fetched. */
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
      setTimeout(() => this.#done(block), LOG_RETRY_MS);
      this.#signal.changed();
    }
  }

  #done(block: number): void {
    this.#fetching.delete(block);
    this.#signal.changed();
  }
}
