import type { DeploymentState, ProbeSummary, Progress } from "@/lib/contracts/deployment";
import type { DeploymentEvent, LogLine } from "@/lib/contracts/event";
import type { PhaseKey, PhaseStatus } from "@/lib/contracts/phase";
import type { Problem, ProblemData } from "@/lib/contracts/problem";
import { type Tx, transaction } from "@/lib/db/client";
import { retryTransient } from "@/lib/db/retry-transient";
import type { Json, PhaseResult } from "@/lib/drivers/driver";
import type { Mask } from "@/lib/secrets/mask";
import { type DeploymentColumns, isWritten, type JournalBatch, writeBatch } from "./journal-store";
import type { PhaseRow } from "./phase-row";
import { HandedOver, type PipelineJournal } from "./pipeline";

/** How long lines may wait for others: short enough to feel live, long enough that a noisy build writes few rows. */
const FLUSH_MS = 25;
/** Lines of one chunk. */
const CHUNK_LINES = 1_000;
/** Progress faster than this is thinned out; the last one always arrives. */
const PROGRESS_MS = 200;
/** How long a journal waits for a database that is away before the worker gives up (the queue then hands it over). */
const DATABASE_PATIENCE_MS = 10 * 60_000;

export interface JournalStart {
  deploymentId: string;
  fencing: number;
  lastEvent: number;
  logLines: number;
  startedAt: Date;
  phases: PhaseRow[];
  deployment: DeploymentColumns;
  mask: Mask;
  onCancelRequested: () => void;
}

/**
 * The only writer of a running deployment: phases, events and log lines, numbered and in order. Everything it is told
 * between two writes goes out in one statement. It holds the rows in memory, and a fencing number guards them: once
 * another worker has taken over, every write rejects with HandedOver.
 */
export class Journal implements PipelineJournal {
  readonly #start: JournalStart;
  readonly #rows: Map<PhaseKey, PhaseRow>;
  #deployment: DeploymentColumns;
  #lastEvent: number;
  #logLines: number;
  #events: DeploymentEvent[] = [];
  #lines: { phase: PhaseKey | null; lines: LogLine[] }[] = [];
  #changed = new Set<PhaseKey>();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #clocks = new Map<PhaseKey, number>();
  #progress = new Map<PhaseKey, { sentMs: number; held?: Extract<DeploymentEvent, { type: "phase-progress" }> }>();
  readonly #beganMs = performance.now();

  constructor(start: JournalStart) {
    this.#start = start;
    this.#rows = new Map(start.phases.map((row) => [row.key, row]));
    this.#deployment = start.deployment;
    this.#lastEvent = start.lastEvent;
    this.#logLines = start.logLines;
  }

  get warnings(): ProblemData[] {
    return this.#deployment.warnings as ProblemData[];
  }
  get artifact(): Json {
    return this.#deployment.artifact as Json;
  }
  get cause(): ProblemData | null {
    return this.#deployment.problem as ProblemData | null;
  }

  statusOf(phase: PhaseKey): PhaseStatus {
    const row = this.#row(phase);
    return row.undone_at && !row.undo_problem ? "undone" : row.status;
  }
  receiptOf(phase: PhaseKey): Json | undefined {
    return this.#row(phase).receipt ?? undefined;
  }

  /** The first event of a run, written with the first phase; the claim has already moved the row. */
  begin(): void {
    this.#emit({ type: "state", state: "running", at: this.#start.startedAt.toISOString() });
  }
  /** Tells the reader that another worker goes on from here. */
  takenOver(): void {
    this.log(null, "i", "The worker that ran this deployment is gone. Another one goes on.");
  }

  async started(phase: PhaseKey): Promise<void> {
    const attempt = this.#row(phase).attempt + 1;
    const at = now();
    this.#clocks.set(phase, performance.now());
    this.#change(phase, {
      status: "running",
      attempt,
      started_at: at,
      finished_at: null,
      duration_ms: null,
      problem: null,
    });
    this.#emit({ type: "phase-started", phase, attempt, at });
    await this.flush();
  }

  /** Written with what comes next, and at the latest a moment later: a phase begins only after this is stored. */
  finished(phase: PhaseKey, result: PhaseResult): void {
    const detail = result?.detail === undefined ? this.#row(phase).detail : this.#start.mask(result.detail);
    if (result?.receipt !== undefined) this.#change(phase, { receipt: result.receipt });
    this.#end(phase, result?.skipped ? "skipped" : "succeeded", { detail });
  }

  failed(phase: PhaseKey, problem: Problem): void {
    const data = this.#masked(problem);
    this.log(phase, "i", `This phase ended: ${data.code.replaceAll("-", " ")}.`);
    for (const line of data.detail?.split("\n") ?? []) this.log(phase, "i", line);
    this.#end(phase, "failed", { problem: data });
  }

  #end(
    phase: PhaseKey,
    status: "succeeded" | "failed" | "skipped",
    change: { detail?: string | null; problem?: ProblemData },
  ) {
    const at = now();
    const durationMs = Math.round(performance.now() - (this.#clocks.get(phase) ?? performance.now()));
    this.#progress.delete(phase);
    this.#change(phase, { status, finished_at: at, duration_ms: durationMs, ...change });
    this.#emit({ type: "phase-finished", phase, status, at, durationMs, ...change });
    this.#flushSoon();
  }

  warned(problem: Problem): void {
    const data = this.#masked(problem);
    this.#deployment = { ...this.#deployment, warnings: [...this.warnings, data] };
    this.#emit({ type: "warning", problem: data });
    this.#flushSoon();
  }

  async undoing(cause: Problem): Promise<void> {
    const problem = this.#masked(cause);
    this.#deployment = { ...this.#deployment, state: "undoing", problem };
    this.#emit({ type: "state", state: "undoing", at: now(), problem });
    await this.flush();
  }

  async undone(phase: PhaseKey, elapsedMs: number, problem?: Problem): Promise<void> {
    const durationMs = Math.round(elapsedMs);
    const data = problem ? this.#masked(problem) : null;
    const failed = this.#row(phase).status === "failed";
    this.#change(phase, {
      undone_at: now(),
      undo_duration_ms: durationMs,
      undo_problem: data,
      ...(data || failed ? {} : { status: "undone" }),
    });
    this.#emit({ type: "phase-undone", phase, at: now(), durationMs, problem: data });
    await this.flush();
  }

  /** The deployment's last state. What `also` does commits with it or not at all; it may run again after a lost connection. */
  async finish(
    state: DeploymentState,
    also: (tx: Tx) => Promise<{ releaseNumber?: number }> = async () => ({}),
  ): Promise<void> {
    await this.flush();
    const durationMs = this.#elapsedMs();
    this.#deployment = { ...this.#deployment, state, finished_at: now(), duration_ms: durationMs };
    let batch: JournalBatch | undefined;
    const commit = async (tx: Tx) => {
      const { releaseNumber } = await also(tx);
      const event = {
        type: "state",
        state,
        at: now(),
        durationMs,
        url: this.#deployment.url,
        problem: this.cause,
        releaseNumber,
      } as const;
      batch = this.#batch([event]);
      if (!(await writeBatch(batch, tx)).written) throw new HandedOver();
    };
    await retryTransient(
      async () => {
        if (batch === undefined || !(await isWritten(batch))) await transaction(commit);
      },
      { patienceMs: DATABASE_PATIENCE_MS },
    );
  }

  progress(phase: PhaseKey, update: { detail?: string; progress?: Progress }): void {
    const detail = update.detail === undefined ? undefined : this.#start.mask(clean(update.detail));
    if (detail !== undefined) this.#change(phase, { detail });
    const known = this.#progress.get(phase) ?? { sentMs: Number.NEGATIVE_INFINITY };
    const held = {
      ...known.held,
      type: "phase-progress" as const,
      phase,
      ...update,
      ...(detail === undefined ? {} : { detail }),
    };
    this.#progress.set(phase, { ...known, held });
    this.#flushSoon();
  }

  log(phase: PhaseKey | null, stream: LogLine[1], text: string): void {
    const last = this.#lines.at(-1);
    const line: LogLine = [Date.now(), stream, this.#start.mask(clean(text))];
    if (last && last.phase === phase && last.lines.length < CHUNK_LINES) last.lines.push(line);
    else this.#lines.push({ phase, lines: [line] });
    this.#flushSoon();
  }

  async saveReceipt(phase: PhaseKey, receipt: Json): Promise<void> {
    this.#change(phase, { receipt });
    await this.flush();
  }
  setArtifact(artifact: Json): void {
    this.#deployment = { ...this.#deployment, artifact };
  }
  setUrl(url: string): void {
    this.#deployment = { ...this.#deployment, url };
  }
  setProbes(probes: ProbeSummary): void {
    this.#deployment = { ...this.#deployment, probes };
    this.#emit({ type: "probes", probes });
    this.#flushSoon();
  }
  cancelling(): void {
    this.#emit({ type: "cancelling", at: now() });
    this.#flushSoon();
  }

  /** Resolves when all it was told so far is committed. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  /** Ends the timer of a journal whose run has ended. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #flushSoon(): void {
    this.#timer ??= setTimeout(() => {
      // A failure is kept in the chain: the next awaited write rejects with it and the run ends.
      this.flush().catch(() => {});
    }, FLUSH_MS);
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
      phases: [...this.#changed].map((key) => this.#row(key)),
      deployment: this.#deployment,
    };
  }

  /** An event comes after the lines that were written before it. */
  #emit(event: DeploymentEvent): void {
    this.#cutLog();
    this.#events.push(event);
  }

  #cutLog(): void {
    for (const { phase, lines } of this.#lines) {
      this.#events.push({ type: "log", phase, firstLine: this.#logLines + 1, lines });
      this.#logLines += lines.length;
    }
    this.#lines = [];
  }

  #cutProgress(): void {
    const nowMs = performance.now();
    for (const [phase, { sentMs, held }] of this.#progress) {
      if (!held) continue;
      if (nowMs - sentMs < PROGRESS_MS) {
        this.#flushSoon();
        continue;
      }
      this.#emit(held);
      this.#progress.set(phase, { sentMs: nowMs });
    }
  }

  #change(phase: PhaseKey, change: Partial<PhaseRow>): void {
    this.#rows.set(phase, { ...this.#row(phase), ...change });
    this.#changed.add(phase);
  }

  #row(phase: PhaseKey): PhaseRow {
    const row = this.#rows.get(phase);
    if (!row) throw new Error(`this deployment has no phase ${phase}`);
    return row;
  }

  /** Since this worker began, plus what passed before it took over (only then by the wall clock). */
  #elapsedMs(): number {
    const hereMs = performance.now() - this.#beganMs;
    const beforeMs = this.#start.fencing > 1 ? Date.now() - this.#start.startedAt.getTime() - hereMs : 0;
    return Math.round(hereMs + Math.max(0, beforeMs));
  }

  #masked(problem: Problem): ProblemData {
    const { code, params, detail } = problem.toData();
    const masked = Object.entries(params).map(([name, value]) => [
      name,
      typeof value === "string" ? this.#start.mask(clean(value)) : value,
    ]);
    return { code, params: Object.fromEntries(masked), ...(detail ? { detail: this.#start.mask(clean(detail)) } : {}) };
  }
}

/** Postgres stores no NUL in text or JSON, and JSON no half of a surrogate pair. */
function clean(text: string): string {
  return text.replaceAll("\0", "\u2400").toWellFormed();
}

function now(): string {
  return new Date().toISOString();
}
