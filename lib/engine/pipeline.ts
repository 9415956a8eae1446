import { ExponentialBackoff, handleWhen, retry } from "cockatiel";
import type { PhaseKey, PhaseStatus } from "@/lib/contracts/phase";
import { Problem, type ProblemCode } from "@/lib/contracts/problem";
import type { Json, NamedPhase, PhaseContext, PhaseResult } from "@/lib/drivers/driver";

/** What the pipeline reports and reads while it runs. The pipeline knows neither database nor shell. */
export interface PipelineJournal<Key extends string = PhaseKey, Result = PhaseResult> {
  statusOf(phase: Key): PhaseStatus;
  receiptOf(phase: Key): Json | undefined;
  started(phase: Key): Promise<void>;
  /** Stored before the next phase begins or the next undo ends, not when these return. */
  finished(phase: Key, result: Result): void;
  failed(phase: Key, problem: Problem): void;
  warned(problem: Problem): void;
  undoing(cause: Problem): Promise<void>;
  undone(phase: Key, durationMs: number, problem?: Problem): Promise<void>;
}

/** The common part of every context, for a driver's service or Landfall itself (lib/self). */
type Ground = Pick<PhaseContext, "signal" | "log">;

/** The part of a phase that the pipeline uses; lib/drivers/driver.ts documents it. */
interface Step<Key extends string, Ctx extends Ground, Result> {
  readonly key: Key;
  readonly repeatable: boolean;
  readonly onFailure?: "undo" | "warn";
  run(ctx: Ctx): Promise<Result>;
  undo?(ctx: Ctx, receipt: Json | undefined): Promise<void>;
}

/** Gives a phase its context, with its deadline in the signal, and releases both afterwards. */
export type Bracket<P = NamedPhase<object>, Ctx = PhaseContext<object>> = <T>(
  phase: P,
  doing: "run" | "undo",
  work: (ctx: Ctx) => Promise<T>,
) => Promise<T>;

const AWAY: ProblemCode[] = ["host-lost", "host-unreachable", "platform-lost", "platform-unreachable", "phase-timeout"];

export type Outcome = "succeeded" | "undone" | "stuck";

/** Ends a run without an undo, because another worker continues it. Never a failure of the deployment. */
export class HandedOver extends Error {
  override name = "HandedOver";
}

/**
 * Runs the phases in order. A phase that another worker finished is not repeated; a phase that it left unfinished is
 * repeated if that is safe. Rejects with HandedOver only.
 */
export async function runPipeline<Key extends string, Ctx extends Ground, P extends Step<Key, Ctx, Result>, Result>(
  phases: readonly P[],
  journal: PipelineJournal<Key, Result>,
  bracket: Bracket<P, Ctx>,
): Promise<Outcome> {
  try {
    for (const phase of phases) await runPhase(phase, journal, bracket);
    return "succeeded";
  } catch (error) {
    if (error instanceof HandedOver) throw error;
    const cause = asProblem(error);
    await journal.undoing(cause);
    return undoPipeline(phases, journal, bracket);
  }
}

async function runPhase<Key extends string, Ctx extends Ground, P extends Step<Key, Ctx, Result>, Result>(
  phase: P,
  journal: PipelineJournal<Key, Result>,
  bracket: Bracket<P, Ctx>,
): Promise<void> {
  const before = journal.statusOf(phase.key);
  if (before !== "pending" && before !== "running") return;
  try {
    if (before === "running" && !phase.repeatable) throw new Problem("worker-lost");
    await bracket(phase, "run", async (ctx) => {
      await journal.started(phase.key); // before it runs: an incomplete phase is undone too
      const run = () => phase.run(ctx);
      journal.finished(
        phase.key,
        await (phase.repeatable ? throughLostConnections(ctx, { patient: false }, run) : run()),
      );
    });
  } catch (error) {
    if (error instanceof HandedOver) throw error;
    const problem = asProblem(error);
    journal.failed(phase.key, problem);
    if (phase.onFailure !== "warn") throw problem;
    journal.warned(problem);
  }
}

/** Undoes the begun phases, newest first. Continues past a failed undo and returns `stuck`: a person fixes it. */
export async function undoPipeline<Key extends string, Ctx extends Ground, P extends Step<Key, Ctx, Result>, Result>(
  phases: readonly P[],
  journal: PipelineJournal<Key, Result>,
  bracket: Bracket<P, Ctx>,
): Promise<Outcome> {
  let outcome: Outcome = "undone";
  // When one undo waited in vain for a host, the undo of the other phases does not wait again.
  let patient = true;
  for (const phase of phases.toReversed()) {
    const { undo } = phase;
    const status = journal.statusOf(phase.key);
    if (!undo || status === "pending" || status === "skipped" || status === "undone") continue;
    const startedMs = performance.now();
    try {
      await bracket(phase, "undo", (ctx) =>
        throughLostConnections(ctx, { patient }, () => undo.call(phase, ctx, journal.receiptOf(phase.key))),
      );
      await journal.undone(phase.key, performance.now() - startedMs);
    } catch (error) {
      if (error instanceof HandedOver) throw error;
      outcome = "stuck";
      const cause = asProblem(error);
      patient &&= !AWAY.includes(cause.code);
      await journal.undone(
        phase.key,
        performance.now() - startedMs,
        new Problem("undo-failed", { detail: cause.message, cause }),
      );
    }
  }
  return outcome;
}

/** An unforeseen error ends the deployment as `internal`. Its text may contain anything, so only the log has it. */
function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem("internal", { cause: error });
}

/** The pause between tries, without the time of each attempt to connect. The phase's deadline may end it sooner. */
const PAUSE = { initialDelay: 250, maxDelay: 5_000 };
/** A host that comes back does so within a minute. One that drops packets would make fifteen tries take five. */
const HOST_WAIT_MS = 90_000;

type Tries = Partial<Record<ProblemCode, number>>;
/**
 * How often interrupted work is retried. A platform's circuit stays open for a minute, and its server may take two to
 * restart. A platform that answers with an error gets fewer tries.
 */
const LOST: Tries = { "host-lost": 15, "platform-lost": 50, "platform-failed": 3 };
/** Retries for a target that never answered, only to undo changes made there. */
const NEVER_ANSWERED: Tries = { "host-unreachable": 15, "platform-unreachable": 50 };
const MOST_TRIES = 50;

/**
 * Retries safe work that lost its connection: most connections come back. A target that never answered is not retried,
 * unless `patient`: changes made there have to be undone.
 */
function throughLostConnections<T>(
  ctx: Pick<PhaseContext, "signal" | "log">,
  options: { patient: boolean },
  work: () => Promise<T>,
): Promise<T> {
  let wasThere = options.patient;
  const failures = new Map<ProblemCode, number>();
  let goneSinceMs: number | undefined;
  const isWorthAnother = (error: Error) => {
    if (!(error instanceof Problem) || ctx.signal.aborted) return false;
    wasThere ||= error.code in LOST;
    const times = (failures.get(error.code) ?? 0) + 1;
    failures.set(error.code, times);
    if (error.code === "host-lost") goneSinceMs = performance.now();
    if (error.code === "host-unreachable") goneSinceMs ??= performance.now();
    if (goneSinceMs !== undefined && performance.now() - goneSinceMs > HOST_WAIT_MS) return false;
    return wasThere && times <= (LOST[error.code] ?? NEVER_ANSWERED[error.code] ?? 0);
  };
  const policy = retry(handleWhen(isWorthAnother), {
    maxAttempts: MOST_TRIES,
    backoff: new ExponentialBackoff(PAUSE),
  });
  policy.onRetry(({ delay }) => ctx.log(`the connection was lost; trying again in ${Math.round(delay)} ms`));
  return policy.execute(work, ctx.signal);
}
