import { stripVTControlCharacters } from "node:util";
import type { DeploymentState, ProbeSummary, Progress } from "@/lib/contracts/deployment";
import type { DeploymentEvent, LogLine } from "@/lib/contracts/event";
import type { Fact } from "@/lib/contracts/fact";
import type { Commit } from "@/lib/contracts/git-source";
import type { PhaseKey, PhaseStatus } from "@/lib/contracts/phase";
import { Problem, type ProblemData, type ProblemParams } from "@/lib/contracts/problem";
import type { SourceDescription } from "@/lib/contracts/source";
import type { Json, PhaseResult } from "@/lib/drivers/driver";
import { type Tx, transaction } from "@/lib/platform/db/client";
import { retryTransient } from "@/lib/platform/db/retry-transient";
import { log } from "@/lib/platform/log";
import { createPieceMask, type Mask } from "@/lib/platform/secrets/mask";
import { type DeploymentColumns, isWritten, type JournalBatch, type PhaseRow, writeBatch } from "./journal-store";
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
  /** By phase and stream, whose lines are a conversation of their own. */
  #pieceMasks = new Map<string, ReturnType<typeof createPieceMask>>();
  #waitingLines = 0;
  #changed = new Set<PhaseKey>();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #clocks = new Map<PhaseKey, number>();
  #progress = new Map<PhaseKey, { sentMs: number; held?: Extract<DeploymentEvent, { type: "phase-progress" }> }>();
  readonly #beganMs = performance.now();
  readonly #linesOf = new WeakMap<Problem, number>();
  /** Unforeseen errors that were logged already: one ends its phase and then its deployment. */
  readonly #reported = new WeakSet<Problem>();

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
    const facts = result?.facts ? this.#maskedFacts(result.facts) : (this.#row(phase).facts ?? undefined);
    if (result?.receipt !== undefined) this.#change(phase, { receipt: result.receipt });
    this.#end(phase, result?.skipped ? "skipped" : "succeeded", { facts });
  }

  failed(phase: PhaseKey, problem: Problem): void {
    this.#reportUnforeseen(phase, problem);
    this.#end(phase, "failed", { problem: this.#withItsLine(phase, problem) });
  }

  /** A cause is in the log once: as the line of the output that it is, or as one of ours. */
  #withItsLine(phase: PhaseKey, problem: Problem): ProblemData {
    const data = this.#masked(problem);
    const ended = this.log(phase, "i", `This phase ended: ${data.code.replaceAll("-", " ")}.`);
    if (problem.line === undefined && data.detail) {
      for (const line of data.detail.split("\n")) this.log(phase, "i", line);
      data.line = ended + 1;
      // The deployment fails of the same problem, a moment later.
      this.#linesOf.set(problem, data.line);
    }
    return data;
  }

  #end(phase: PhaseKey, status: "succeeded" | "failed" | "skipped", change: { facts?: Fact[]; problem?: ProblemData }) {
    const at = now();
    const durationMs = Math.round(performance.now() - (this.#clocks.get(phase) ?? performance.now()));
    this.#progress.delete(phase);
    this.#change(phase, { status, finished_at: at, duration_ms: durationMs, ...change });
    this.#emit({ type: "phase-finished", phase, status, at, durationMs, ...change });
    this.#flushSoon();
  }

  warned(problem: Problem): void {
    this.#reportUnforeseen(null, problem);
    const data = this.#masked(problem);
    this.#deployment = { ...this.#deployment, warnings: [...this.warnings, data] };
    this.#emit({ type: "warning", problem: data });
    this.#flushSoon();
  }

  async undoing(cause: Problem): Promise<void> {
    this.#reportUnforeseen(null, cause);
    const problem = this.#masked(cause);
    this.#deployment = { ...this.#deployment, state: "undoing", problem };
    this.#emit({ type: "state", state: "undoing", at: now(), problem });
    await this.flush();
  }

  async undone(phase: PhaseKey, elapsedMs: number, problem?: Problem): Promise<void> {
    const durationMs = Math.round(elapsedMs);
    if (problem) this.#reportUnforeseen(phase, problem);
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

  /**
   * The deployment's last state; a phase that is still running ends with it. What `also` does commits with it or not at
   * all; it may run again after a lost connection.
   */
  async finish(
    state: DeploymentState,
    also: (tx: Tx) => Promise<{ releaseNumber?: number }> = async () => ({}),
  ): Promise<void> {
    this.#endRunningPhases();
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
    const end = async () => {
      if (batch === undefined || !(await isWritten(batch))) await transaction(commit);
    };
    // It takes its turn among the writes: one that began meanwhile would have counted on the number of the last event.
    this.#writing = this.#writing.then(() => retryTransient(end, { patienceMs: DATABASE_PATIENCE_MS }));
    await this.#writing;
    this.close();
  }

  #endRunningPhases(): void {
    const problem = this.cause ?? { code: "internal" as const, params: {} };
    for (const { key, status } of this.#rows.values()) if (status === "running") this.#end(key, "failed", { problem });
  }

  /** The text of an unforeseen error may hold anything: the process log has it, the deployment's log says so. */
  #reportUnforeseen(phase: PhaseKey | null, problem: Problem): void {
    if (!isUnforeseen(problem) || this.#reported.has(problem)) return;
    this.#reported.add(problem);
    const { deploymentId } = this.#start;
    log.error(
      { err: problem, deploymentId, ...(phase && { phase }) },
      "an unforeseen error ended a deployment's phase",
    );
    this.log(phase, "i", unforeseenLine(deploymentId, problem));
  }

  progress(phase: PhaseKey, update: { facts?: readonly Fact[]; progress?: Progress }): void {
    const facts = update.facts && this.#maskedFacts(update.facts);
    if (facts) this.#change(phase, { facts });
    const known = this.#progress.get(phase) ?? { sentMs: Number.NEGATIVE_INFINITY };
    const held = {
      ...known.held,
      type: "phase-progress" as const,
      phase,
      ...(facts && { facts }),
      ...(update.progress && { progress: update.progress }),
    };
    this.#progress.set(phase, { ...known, held });
    this.#flushSoon();
  }

  /** Answers the line's number in the whole log. Of a line that arrives in pieces, each but the last `goesOn`. */
  log(phase: PhaseKey | null, stream: LogLine[1], text: string, goesOn = false): number {
    const last = this.#lines.at(-1);
    const line: LogLine = [Date.now(), stream, this.#pieceMask(phase, stream)(clean(text), goesOn)];
    if (last && last.phase === phase && last.lines.length < CHUNK_LINES) last.lines.push(line);
    else this.#lines.push({ phase, lines: [line] });
    this.#waitingLines += 1;
    this.#flushSoon();
    return this.#logLines + this.#waitingLines;
  }

  #pieceMask(phase: PhaseKey | null, stream: LogLine[1]): ReturnType<typeof createPieceMask> {
    const key = `${phase} ${stream}`;
    const known = this.#pieceMasks.get(key) ?? createPieceMask(this.#start.mask);
    this.#pieceMasks.set(key, known);
    return known;
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
  /** Which commit is deployed; the spec of the deployment has it already. */
  resolved(commit: Commit, sourceDescription: SourceDescription): void {
    this.#emit({ type: "commit", commit, sourceDescription });
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
    this.#waitingLines = 0;
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
    const { code, params, detail, line = this.#linesOf.get(problem) } = problem.toData();
    return {
      code,
      params: this.#maskedParams(params),
      ...(detail ? { detail: this.#start.mask(clean(stripVTControlCharacters(detail))) } : {}),
      ...(line ? { line } : {}),
    };
  }

  #maskedFacts(facts: readonly Fact[]): Fact[] {
    return facts.map(({ code, params }) => ({ code, params: this.#maskedParams(params) }) as Fact);
  }

  #maskedParams(params: ProblemParams): ProblemParams {
    const masked = Object.entries(params).map(([name, value]) => [
      name,
      typeof value === "string" ? this.#start.mask(clean(value)) : value,
    ]);
    return Object.fromEntries(masked);
  }
}

/** Also the error behind an undo that failed. */
function isUnforeseen({ code, cause }: Problem): boolean {
  return code === "internal" || (cause instanceof Problem && isUnforeseen(cause));
}

/** For the deployment's log: which error it was, without its text, and where the text is. */
export function unforeseenLine(deploymentId: string, error: unknown): string {
  const cause = error instanceof Problem ? (error.cause ?? error) : error;
  if (cause instanceof Problem) return unforeseenLine(deploymentId, cause);
  const { name = "Error", code } = (cause ?? {}) as { name?: string; code?: unknown };
  const what = typeof code === "string" ? `${name} ${code}` : name;
  return `Landfall met an unforeseen error (${what}). Its cause and stack are in Landfall's own log, under deployment ${deploymentId}.`;
}

/** Postgres stores no NUL in text or JSON, and JSON no half of a surrogate pair. */
function clean(text: string): string {
  return text.replaceAll("\0", "\u2400").toWellFormed();
}

function now(): string {
  return new Date().toISOString();
}
