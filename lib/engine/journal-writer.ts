import type { DeploymentEvent, LogLine } from "@/lib/contracts/event";
import type { PhaseKey } from "@/lib/contracts/phase";
import { type Tx, transaction } from "@/lib/platform/db/client";
import { retryTransient } from "@/lib/platform/db/transient";
import { type DeploymentColumns, isWritten, type JournalBatch, type PhaseRow, writeBatch } from "./journal-store";
import { HandedOver } from "./pipeline";

/** How long lines are buffered: short enough to feel live, long enough that a noisy build writes few rows. */
const FLUSH_MS = 25;
/** Lines per chunk. */
const CHUNK_LINES = 1_000;
/** More frequent progress is dropped, except the last one. */
const PROGRESS_MS = 200;
/** How long a journal waits for an unavailable database before the worker gives up and the queue hands over. */
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
 * Numbers the events and log lines of one deployment and writes them in order. Everything between two writes is written
 * in one statement. The rows are kept in memory, guarded by a fencing number: once another worker has taken over, every
 * write rejects with HandedOver.
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

  /** Written with the next batch that has an event. */
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

  /** An event follows the lines that were logged before it. */
  emit(event: DeploymentEvent): void {
    this.#cutLog();
    this.#events.push(event);
  }

  /** Returns the line's number in the whole log. */
  line(phase: PhaseKey | null, line: LogLine): number {
    const last = this.#lines.at(-1);
    if (last && last.phase === phase && last.lines.length < CHUNK_LINES) last.lines.push(line);
    else this.#lines.push({ phase, lines: [line] });
    this.#waitingLines += 1;
    this.flushSoon();
    return this.#logLines + this.#waitingLines;
  }

  /** Delayed, and merged with the progress that is already waiting. */
  progress(phase: PhaseKey, change: Pick<ProgressEvent, "facts" | "progress">): void {
    const known = this.#progress.get(phase) ?? { sentMs: Number.NEGATIVE_INFINITY };
    const waiting = { ...known.waiting, type: "phase-progress" as const, phase, ...change };
    this.#progress.set(phase, { ...known, waiting });
    this.flushSoon();
  }

  /** An ended phase reports no more progress. */
  dropProgress(phase: PhaseKey): void {
    this.#progress.delete(phase);
  }

  /** Resolves when everything reported so far is committed. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  flushSoon(): void {
    this.#timer ??= setTimeout(() => {
      // The chain keeps the failure: the next awaited write rejects with it, and the run ends.
      this.flush().catch(() => {});
    }, FLUSH_MS);
  }

  /**
   * The last write. `compose` commits in one transaction with the event that it returns. It may run again after a lost
   * connection.
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
    // Runs after earlier writes: a write that began meanwhile would have used the same event numbers.
    this.#writing = this.#writing.then(() => retryTransient(end, { patienceMs: DATABASE_PATIENCE_MS }));
    await this.#writing;
    this.close();
  }

  /** Clears the timer after the run. */
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
        // Only a retry checks this: the result of the previous write may have been lost after its commit.
        if (attempt++ > 0 && (await isWritten(batch))) return { written: true, cancelRequested: false } as const;
        return writeBatch(batch);
      },
      { patienceMs: DATABASE_PATIENCE_MS },
    );
    if (!result.written) throw new HandedOver();
    if (result.cancelRequested) this.#start.onCancelRequested();
  }

  /** Empties the buffer: its content is written, or the run ends. */
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
