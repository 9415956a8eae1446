import { stripVTControlCharacters } from "node:util";
import type { ProbeSummary, Progress } from "@/lib/contracts/deployment";
import type { LogLine } from "@/lib/contracts/event";
import type { Fact } from "@/lib/contracts/fact";
import type { Commit } from "@/lib/contracts/git-source";
import type { PhaseKey, PhaseStatus } from "@/lib/contracts/phase";
import { Problem, type ProblemData, type ProblemParams } from "@/lib/contracts/problem";
import type { ReleaseCommandRun } from "@/lib/contracts/release-command";
import type { SourceDescription } from "@/lib/contracts/source";
import type { Json, PhaseResult } from "@/lib/drivers/driver";
import type { Tx } from "@/lib/platform/db/client";
import { log } from "@/lib/platform/log";
import type { EndedState } from "@/lib/platform/outbox/domain-events";
import { publish } from "@/lib/platform/outbox/outbox";
import { createPieceMask, type Mask } from "@/lib/platform/secrets/mask";
import { JournalWriter, type WriterStart } from "./journal-writer";
import type { PipelineJournal } from "./pipeline";

export interface JournalStart extends WriterStart {
  serviceId: string;
  startedAt: Date;
  mask: Mask;
}

/**
 * The only writer of a running deployment: turns the reports of its phases and pipeline into rows, events and log
 * lines, masked and in order.
 */
export class Journal implements PipelineJournal {
  readonly #start: JournalStart;
  readonly #writer: JournalWriter;
  /** One mask per phase and stream, because each stream's lines arrive in their own order. */
  readonly #pieceMasks = new Map<string, ReturnType<typeof createPieceMask>>();
  readonly #clocks = new Map<PhaseKey, number>();
  readonly #beganMs = performance.now();
  readonly #linesOf = new WeakMap<Problem, number>();
  /** Unforeseen errors that were logged: the same error ends its phase and then its deployment. */
  readonly #reported = new WeakSet<Problem>();

  constructor(start: JournalStart) {
    this.#start = start;
    this.#writer = new JournalWriter(start);
  }

  get warnings(): ProblemData[] {
    return this.#writer.deployment.warnings as ProblemData[];
  }
  get artifact(): Json {
    return this.#writer.deployment.artifact as Json;
  }
  get cause(): ProblemData | null {
    return this.#writer.deployment.problem as ProblemData | null;
  }

  statusOf(phase: PhaseKey): PhaseStatus {
    const row = this.#writer.row(phase);
    return row.undone_at && !row.undo_problem ? "undone" : row.status;
  }
  receiptOf(phase: PhaseKey): Json | undefined {
    return this.#writer.row(phase).receipt ?? undefined;
  }

  /** The first event of a run, written with the first phase. The claim has already changed the row. */
  begin(): void {
    this.#writer.emit({ type: "state", state: "running", at: this.#start.startedAt.toISOString() });
  }
  /** Logs for the reader that another worker continues here. */
  takenOver(): void {
    this.log(null, "i", "The worker that ran this deployment is gone. Another one goes on.");
  }

  async started(phase: PhaseKey): Promise<void> {
    const attempt = this.#writer.row(phase).attempt + 1;
    const at = now();
    this.#clocks.set(phase, performance.now());
    this.#writer.change(phase, {
      status: "running",
      attempt,
      started_at: at,
      finished_at: null,
      duration_ms: null,
      problem: null,
    });
    this.#writer.emit({ type: "phase-started", phase, attempt, at });
    await this.flush();
  }

  /** Written with the next change, or after a short delay. The next phase begins only after it is stored. */
  finished(phase: PhaseKey, result: PhaseResult): void {
    const facts = result?.facts ? this.#maskedFacts(result.facts) : (this.#writer.row(phase).facts ?? undefined);
    if (result?.receipt !== undefined) this.#writer.change(phase, { receipt: result.receipt });
    this.#end(phase, result?.skipped ? "skipped" : "succeeded", { facts });
  }

  failed(phase: PhaseKey, problem: Problem): void {
    this.#reportUnforeseen(phase, problem);
    this.#end(phase, "failed", { problem: this.#withItsLine(phase, problem) });
  }

  /** Logs a cause once: a cause that is a line of the output is referenced, any other is logged here. */
  #withItsLine(phase: PhaseKey, problem: Problem): ProblemData {
    const data = this.#masked(problem);
    const ended = this.log(phase, "i", `This phase ended: ${data.code.replaceAll("-", " ")}.`);
    if (problem.line === undefined && data.detail) {
      for (const line of data.detail.split("\n")) this.log(phase, "i", line);
      data.line = ended + 1;
      // The deployment fails with the same problem right after.
      this.#linesOf.set(problem, data.line);
    }
    return data;
  }

  #end(phase: PhaseKey, status: "succeeded" | "failed" | "skipped", change: { facts?: Fact[]; problem?: ProblemData }) {
    const at = now();
    const durationMs = Math.round(performance.now() - (this.#clocks.get(phase) ?? performance.now()));
    this.#writer.dropProgress(phase);
    this.#writer.change(phase, { status, finished_at: at, duration_ms: durationMs, ...change });
    this.#writer.emit({ type: "phase-finished", phase, status, at, durationMs, ...change });
    this.#writer.flushSoon();
  }

  warned(problem: Problem): void {
    this.#reportUnforeseen(null, problem);
    const data = this.#masked(problem);
    this.#writer.set({ warnings: [...this.warnings, data] });
    this.#writer.emit({ type: "warning", problem: data });
    this.#writer.flushSoon();
  }

  async undoing(cause: Problem): Promise<void> {
    this.#reportUnforeseen(null, cause);
    const problem = this.#masked(cause);
    this.#writer.set({ state: "undoing", problem });
    this.#writer.emit({ type: "state", state: "undoing", at: now(), problem });
    await this.flush();
  }

  async undone(phase: PhaseKey, elapsedMs: number, problem?: Problem): Promise<void> {
    const durationMs = Math.round(elapsedMs);
    if (problem) this.#reportUnforeseen(phase, problem);
    const data = problem ? this.#masked(problem) : null;
    const failed = this.#writer.row(phase).status === "failed";
    this.#writer.change(phase, {
      undone_at: now(),
      undo_duration_ms: durationMs,
      undo_problem: data,
      ...(data || failed ? {} : { status: "undone" }),
    });
    this.#writer.emit({ type: "phase-undone", phase, at: now(), durationMs, problem: data });
    await this.flush();
  }

  /**
   * Writes the deployment's last state; a running phase ends with it. `also` runs in the same transaction, and may run
   * again after a lost connection.
   */
  async finish(
    state: EndedState,
    also: (tx: Tx) => Promise<{ releaseNumber?: number }> = async () => ({}),
  ): Promise<void> {
    this.#endRunningPhases();
    await this.flush();
    const durationMs = this.#elapsedMs();
    this.#writer.set({ state, finished_at: now(), duration_ms: durationMs });
    const { deploymentId, serviceId } = this.#start;
    await this.#writer.writeLast(async (tx) => {
      const { releaseNumber } = await also(tx);
      await publish(tx, { type: "deployment.ended", serviceId, deploymentId, state });
      const { url } = this.#writer.deployment;
      return { type: "state", state, at: now(), durationMs, url, problem: this.cause, releaseNumber };
    });
  }

  #endRunningPhases(): void {
    const problem = this.cause ?? { code: "internal" as const, params: {} };
    for (const phase of this.#writer.runningPhases()) this.#end(phase, "failed", { problem });
  }

  /** An unforeseen error's text may contain anything: the process log has it, the deployment's log points there. */
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
    if (facts) this.#writer.change(phase, { facts });
    this.#writer.progress(phase, { ...(facts && { facts }), ...(update.progress && { progress: update.progress }) });
  }

  /** Returns the line's number in the whole log. Every piece of a split line but the last has `goesOn`. */
  log(phase: PhaseKey | null, stream: LogLine[1], text: string, goesOn = false): number {
    const masked = this.#pieceMask(phase, stream)(clean(text), goesOn);
    return this.#writer.line(phase, [Date.now(), stream, masked]);
  }

  #pieceMask(phase: PhaseKey | null, stream: LogLine[1]): ReturnType<typeof createPieceMask> {
    const key = `${phase} ${stream}`;
    const known = this.#pieceMasks.get(key) ?? createPieceMask(this.#start.mask);
    this.#pieceMasks.set(key, known);
    return known;
  }

  async saveReceipt(phase: PhaseKey, receipt: Json): Promise<void> {
    this.#writer.change(phase, { receipt });
    await this.flush();
  }
  setArtifact(artifact: Json): void {
    this.#writer.set({ artifact });
  }
  setUrl(url: string): void {
    this.#writer.set({ url });
  }
  setProbes(probes: ProbeSummary): void {
    this.#writer.set({ probes });
    this.#writer.emit({ type: "probes", probes });
    this.#writer.flushSoon();
  }
  /** Stored with the receipt of the phase that runs it. */
  setReleaseCommand(run: ReleaseCommandRun): void {
    this.#writer.set({ release_command: run });
    this.#writer.emit({ type: "release-command", run });
  }
  /** Which commit is deployed; the spec of the deployment has it already. */
  resolved(commit: Commit, sourceDescription: SourceDescription): void {
    this.#writer.emit({ type: "commit", commit, sourceDescription });
    this.#writer.flushSoon();
  }
  cancelling(): void {
    this.#writer.emit({ type: "cancelling", at: now() });
    this.#writer.flushSoon();
  }

  /** Resolves when everything reported so far is committed. */
  flush(): Promise<void> {
    return this.#writer.flush();
  }
  close(): void {
    this.#writer.close();
  }

  /** The time since this worker began, plus the wall-clock time before its take-over, if any. */
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

/** Includes an unforeseen cause of a failed undo. */
function isUnforeseen({ code, cause }: Problem): boolean {
  return code === "internal" || (cause instanceof Problem && isUnforeseen(cause));
}

/** For the deployment's log: the kind of the error without its text, and where to find the text. */
export function unforeseenLine(deploymentId: string, error: unknown): string {
  const cause = error instanceof Problem ? (error.cause ?? error) : error;
  if (cause instanceof Problem) return unforeseenLine(deploymentId, cause);
  const { name = "Error", code } = (cause ?? {}) as { name?: string; code?: unknown };
  const what = typeof code === "string" ? `${name} ${code}` : name;
  return `Landfall met an unforeseen error (${what}). Its cause and stack are in Landfall's own log, under deployment ${deploymentId}.`;
}

/** Postgres cannot store NUL in text or JSON, nor half a surrogate pair in JSON. */
function clean(text: string): string {
  return text.replaceAll("\0", "\u2400").toWellFormed();
}

function now(): string {
  return new Date().toISOString();
}
