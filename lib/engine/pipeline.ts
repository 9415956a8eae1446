import type { PhaseKey, PhaseStatus } from "@/lib/contracts/phase";
import { Problem, type ProblemCode } from "@/lib/contracts/problem";
import type { Json, NamedPhase, PhaseContext, PhaseResult, Place } from "@/lib/drivers/driver";
import { throughLostConnections } from "./through-lost-connections";

/** What the pipeline reports and asks while it runs: knows of no database and no shell. */
export interface PipelineJournal<Key extends string = PhaseKey, Result = PhaseResult> {
  statusOf(phase: Key): PhaseStatus;
  receiptOf(phase: Key): Json | undefined;
  started(phase: Key): Promise<void>;
  /** Stored before the next phase begins or the next undo ends, not before these return. */
  finished(phase: Key, result: Result): void;
  failed(phase: Key, problem: Problem): void;
  warned(problem: Problem): void;
  undoing(cause: Problem): Promise<void>;
  undone(phase: Key, durationMs: number, problem?: Problem): Promise<void>;
}

/** What every context has, whatever is deployed: a driver's service, or Landfall itself (lib/self). */
type Ground = Pick<PhaseContext, "signal" | "log">;

/** What is asked of a phase here; lib/drivers/driver.ts says what each of it means. */
export interface Step<Key extends string, Ctx extends Ground, Result> {
  readonly key: Key;
  readonly repeatable: boolean;
  readonly onFailure?: "undo" | "warn";
  run(ctx: Ctx): Promise<Result>;
  undo?(ctx: Ctx, receipt: Json | undefined): Promise<void>;
}

/** Gives a phase the context it runs with, its deadline in the signal, and ends both afterwards. */
export type Bracket<P = NamedPhase<Place>, Ctx = PhaseContext<Place>> = <T>(
  phase: P,
  doing: "run" | "undo",
  work: (ctx: Ctx) => Promise<T>,
) => Promise<T>;

const AWAY: ProblemCode[] = ["host-lost", "host-unreachable", "platform-lost", "platform-unreachable", "phase-timeout"];

export type Outcome = "succeeded" | "undone" | "stuck";

/** Why a run ends without an undo: another worker goes on with it. Never a failure of the deployment. */
export class HandedOver extends Error {
  override name = "HandedOver";
}

/**
 * Walks the phases in order. One that another worker has ended is not repeated; one that it left in the middle is,
 * if the phase says that this is safe. Rejects with HandedOver only.
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
      await journal.started(phase.key); // before it runs: a half-done phase is undone too
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

/** Takes back what began, newest first; goes on past an undo that fails and says `stuck`: a person must look. */
export async function undoPipeline<Key extends string, Ctx extends Ground, P extends Step<Key, Ctx, Result>, Result>(
  phases: readonly P[],
  journal: PipelineJournal<Key, Result>,
  bracket: Bracket<P, Ctx>,
): Promise<Outcome> {
  let outcome: Outcome = "undone";
  // Waited for once: a host that did not come back for one phase is not waited for again by each of the others.
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

/** An error nobody foresaw ends the deployment as `internal`; its text may hold anything, so it goes to the log only. */
function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem("internal", { cause: error });
}
