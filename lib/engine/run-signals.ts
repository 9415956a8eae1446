import { Problem } from "@/lib/contracts/problem";
import type { NamedPhase } from "@/lib/drivers/driver";
import { env } from "@/lib/platform/env";
import { HandedOver } from "./pipeline";

/** How long an aborted phase may take to stop before the run continues without it. */
const ABORT_GRACE_MS = 15_000;
/** The signal that caused an undo does not abort it, but this deadline does. */
const UNDO_DEADLINE_MS = 2 * 60_000;

/** All signals that may end a run early, and which of them apply to a phase. */
export class RunSignals {
  readonly #handOver: AbortSignal;
  readonly #cancel = new AbortController();
  readonly #overdue = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #commandsMs: number;

  /**
   * `startedAt` is the deployment's, so that a take-over does not extend its deadline. `commandsMs` is what the service's
   * own commands may take, in addition to the deadlines.
   */
  constructor(handOver: AbortSignal, startedAt: Date, commandsMs: number) {
    this.#handOver = handOver;
    this.#commandsMs = commandsMs;
    const deadlineMs = env.DEPLOY_TIMEOUT_MS + commandsMs;
    const leftMs = Math.max(0, startedAt.getTime() + deadlineMs - Date.now());
    const problem = new Problem("deployment-timeout", { params: { seconds: Math.round(deadlineMs / 1_000) } });
    this.#timer = setTimeout(() => this.#overdue.abort(problem), leftMs);
  }

  get cancelled(): boolean {
    return this.#cancel.signal.aborted;
  }
  cancel(): void {
    this.#cancel.abort(new Problem("deployment-cancelled"));
  }
  close(): void {
    clearTimeout(this.#timer);
  }

  /** Runs a phase's work under its signal and its deadline, and rejects with the reason of an abort. */
  async guard<T>(
    phase: NamedPhase<object>,
    doing: "run" | "undo",
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const deadline = new AbortController();
    const runMs = (phase.deadlineMs ?? env.PHASE_TIMEOUT_MS) + (phase.runsCommands ? this.#commandsMs : 0);
    const deadlineMs = doing === "undo" ? (phase.undoDeadlineMs ?? UNDO_DEADLINE_MS) : runMs;
    const late = new Problem("phase-timeout", { params: { seconds: Math.round(deadlineMs / 1_000) } });
    const timer = setTimeout(() => deadline.abort(late), deadlineMs);
    const signal = AbortSignal.any([this.#handOver, deadline.signal, ...this.#heeded(phase, doing)]);
    try {
      signal.throwIfAborted();
      return await endsSoonAfter(signal, work(signal));
    } catch (error) {
      if (this.#handOver.aborted) throw new HandedOver();
      throw signal.aborted && !(error instanceof HandedOver) ? signal.reason : error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** A cancel and the deployment's deadline end neither an undo nor a phase that runs after the new release is live. */
  #heeded(phase: NamedPhase<object>, doing: "run" | "undo"): AbortSignal[] {
    return doing === "undo" || phase.onFailure === "warn" ? [] : [this.#cancel.signal, this.#overdue.signal];
  }
}

/** A phase that ignores its signal must not block the deployment forever. */
function endsSoonAfter<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const onAbort = () => {
      timer = setTimeout(() => reject(signal.reason), ABORT_GRACE_MS);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    });
  });
}
