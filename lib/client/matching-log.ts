import { ChangeSignal } from "./change-signal";
import { LOG_RETRY_MS, type LogFilter, type LogRow, type LogSource, type ReadLog } from "./log-rows";

const PAGE = 500;
/** Rows before the end at which the next page is fetched. */
const AHEAD = 200;

/** The lines that a phase and a search let through, fetched on as one scrolls; the server does the searching. */
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

  /** All matches, fetched or not; undefined until the server has said. */
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

  /** The log has grown: there may be matches among the new lines. */
  grown(): void {
    this.#mayHaveMore = true;
    void this.#fetch();
  }

  async #fetch(): Promise<void> {
    if (this.#isFetching) return;
    this.#isFetching = true;
    try {
      const from = (this.#rows.at(-1)?.n ?? 0) + 1;
      const { lines, total } = await this.#read({ ...this.#filter, from, limit: PAGE });
      this.#rows.push(...lines);
      this.#mayHaveMore = lines.length === PAGE;
      this.#total = Math.max(total, this.#rows.length);
      this.#error = undefined;
      this.#done();
    } catch (error) {
      this.#error = error;
      setTimeout(() => this.#done(), LOG_RETRY_MS);
      this.#signal.changed();
    }
  }

  #done(): void {
    this.#isFetching = false;
    this.#signal.changed();
  }
}
