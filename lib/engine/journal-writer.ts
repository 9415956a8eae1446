import type { DeploymentEvent, LogLine } from "@/lib/contracts/event";
import type { PhaseKey } from "@/lib/contracts/phase";
import { type Tx, transaction } from "@/lib/platform/db/client";
import { retryTransient } from "@/lib/platform/db/transient";
import { type DeploymentColumns, isWritten, type JournalBatch, type PhaseRow, writeBatch } from "./journal-store";
import { HandedOver } from "./pipeline";

/** How long lines may wait for others: short enough to feel live, long enough that a noisy build writes few rows. */
const FLUSH_MS = 25;
/** Lines of one chunk. */
const CHUNK_LINES = 1_000;
/** Progress faster than this is thinned out; the last one always arrives. */
const PROGRESS_MS = 200;
/** How long a journal waits for a database that is away before the worker gives up (the queue then hands it over). */
const DATABASE_PATIENCE_MS = 10 * 60_000;

export interface WriterStart {
  deploymentId: string;
  fencing: number;
  lastEvent: number;
  logLines: number;
  phases: PhaseRow[];
  deployment: DeploymentColumns;
  onCancelRequested: () => void;
}

type ProgressEvent = Extract<DeploymentEvent, { type: "phase-progress" }>;

/**
 * Numbers the events and log lines of one deployment and writes them in order. Everything it is told between two writes goes
 * out in one statement. It keeps the rows in memory, and a fencing number guards them: once another worker has taken over,
 * every write rejects with HandedOver.
 */
export class JournalWriter {
  readonly #start: WriterStart;
  readonly #rows: Map<PhaseKey, PhaseRow>;
  #deployment: DeploymentColumns;
  #lastEvent: number;
  #logLines: number;
  #events: DeploymentEvent[] = [];
  #lines: { phase: PhaseKey | null; lines: LogLine[] }[] = [];
  #waitingLines = 0;
  #changed = new Set<PhaseKey>();
  #progress = new Map<PhaseKey, { sentMs: number; waiting?: ProgressEvent }>();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(start: WriterStart) {
    this.#start = start;
    this.#rows = new Map(start.phases.map((row) => [row.key, row]));
    this.#deployment = start.deployment;
    this.#lastEvent = start.lastEvent;
    this.#logLines = start.logLines;
  }

  get deployment(): DeploymentColumns {
    return this.#deployment;
  }

  /** Written with the next event, or with the next flush that has one. */
  set(change: Partial<DeploymentColumns>): void {
    this.#deployment = { ...this.#deployment, ...change };
  }

  row(phase: PhaseKey): PhaseRow {
    const row = this.#rows.get(phase);
    if (!row) throw new Error(`this deployment has no phase ${phase}`);
    return row;
  }

  runningPhases(): PhaseKey[] {
    return [...this.#rows.values()].filter(({ status }) => status === "running").map(({ key }) => key);
  }

  change(phase: PhaseKey, change: Partial<PhaseRow>): void {
    this.#rows.set(phase, { ...this.row(phase), ...change });
    this.#changed.add(phase);
  }

  /** An event comes after the lines that were written before it. */
  emit(event: DeploymentEvent): void {
    this.#cutLog();
    this.#events.push(event);
  }

  /** Answers the line's number in the whole log. */
  line(phase: PhaseKey | null, line: LogLine): number {
    const last = this.#lines.at(-1);
    if (last && last.phase === phase && last.lines.length < CHUNK_LINES) last.lines.push(line);
    else this.#lines.push({ phase, lines: [line] });
    this.#waitingLines += 1;
    this.flushSoon();
    return this.#logLines + this.#waitingLines;
  }

  /** Waits for its turn, joined with what already waits. */
  progress(phase: PhaseKey, change: Pick<ProgressEvent, "facts" | "progress">): void {
    const known = this.#progress.get(phase) ?? { sentMs: Number.NEGATIVE_INFINITY };
    const waiting = { ...known.waiting, type: "phase-progress" as const, phase, ...change };
    this.#progress.set(phase, { ...known, waiting });
    this.flushSoon();
  }

  /** A phase that has ended makes no more progress. */
  dropProgress(phase: PhaseKey): void {
    this.#progress.delete(phase);
  }

  /** Resolves when all it was told so far is committed. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  flushSoon(): void {
    this.#timer ??= setTimeout(() => {
      // A failure is kept in the chain: the next awaited write rejects with it and the run ends.
      this.flush().catch(() => {});
    }, FLUSH_MS);
  }

  /**
   * The last write. What `compose` does in its transaction commits with the event that it answers; it may run again after a
   * lost connection.
   */
  async writeLast(compose: (tx: Tx) => Promise<DeploymentEvent>): Promise<void> {
    let batch: JournalBatch | undefined;
    const commit = async (tx: Tx) => {
      const event = await compose(tx);
      batch = this.#batch([event]);
      if (!(await writeBatch(batch, tx)).written) throw new HandedOver();
    };
    const end = async () => {
      if (batch === undefined || !(await isWritten(batch))) await transaction(commit);
    };
    // It takes its turn among the writes: one that began meanwhile would have counted on the number of the last event.
    this.#writing = this.#writing.then(() => retryTransient(end, { patienceMs: DATABASE_PATIENCE_MS }));
    await this.#writing;
    this.close();
  }

  /** Ends the timer of a journal whose run has ended. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #write(): Promise<void> {
    this.#cutProgress();
    this.#cutLog();
    if (this.#events.length === 0 && this.#changed.size === 0) return;
    const batch = this.#take();
    let attempt = 0;
    const result = await retryTransient(
      async () => {
        // Only a repeat asks: the answer of the write before may have been lost after its commit.
        if (attempt++ > 0 && (await isWritten(batch))) return { written: true, cancelRequested: false } as const;
        return writeBatch(batch);
      },
      { patienceMs: DATABASE_PATIENCE_MS },
    );
    if (!result.written) throw new HandedOver();
    if (result.cancelRequested) this.#start.onCancelRequested();
  }

  /** Takes what is waiting out of the journal; it is either written or the run ends. */
  #take(): JournalBatch {
    const batch = this.#batch(this.#events);
    this.#lastEvent += batch.events.length;
    this.#events = [];
    this.#changed = new Set();
    return batch;
  }

  #batch(events: readonly DeploymentEvent[]): JournalBatch {
    return {
      deploymentId: this.#start.deploymentId,
      fencing: this.#start.fencing,
      after: this.#lastEvent,
      events,
      logLines: this.#logLines,
      phases: [...this.#changed].map((key) => this.row(key)),
      deployment: this.#deployment,
    };
  }

  #cutLog(): void {
    for (const { phase, lines } of this.#lines) {
      this.#events.push({ type: "log", phase, firstLine: this.#logLines + 1, lines });
      this.#logLines += lines.length;
    }
    this.#lines = [];
    this.#waitingLines = 0;
  }

  #cutProgress(): void {
    const nowMs = performance.now();
    for (const [phase, { sentMs, waiting }] of this.#progress) {
      if (!waiting) continue;
      if (nowMs - sentMs < PROGRESS_MS) {
        this.flushSoon();
        continue;
      }
      this.emit(waiting);
      this.#progress.set(phase, { sentMs: nowMs });
    }
  }
}
