import { ExponentialBackoff, handleWhen, retry } from "cockatiel";
import { Problem, type ProblemCode } from "@/lib/contracts/problem";
import type { PhaseContext } from "@/lib/drivers/driver";

/** Between tries, beside what each attempt to connect takes; the phase's deadline ends it sooner. */
const PAUSE = { initialDelay: 250, maxDelay: 5_000 };

type Tries = Partial<Record<ProblemCode, number>>;
/**
 * How often what was interrupted is tried again. A host that is back is back within a minute; a platform's circuit stays
 * open for one, and its server may take two to restart. One that answers with errors of its own is left alone sooner.
 */
const LOST: Tries = { "host-lost": 15, "platform-lost": 50, "platform-failed": 3 };
/** What never answered is waited for only to take back what was done there. */
const AWAY: Tries = { "host-unreachable": 15, "platform-unreachable": 50 };
const MOST_TRIES = 50;

/**
 * Does what is safe to repeat again when it was cut off from where it works: most connections come back. A place that
 * never answered is not waited for, unless `patient`: what was done there has to be taken back.
 */
export function throughLostConnections<T>(
  ctx: Pick<PhaseContext, "signal" | "log">,
  options: { patient: boolean },
  work: () => Promise<T>,
): Promise<T> {
  let wasThere = options.patient;
  const failures = new Map<ProblemCode, number>();
  const isWorthAnother = (error: Error) => {
    if (!(error instanceof Problem) || ctx.signal.aborted) return false;
    wasThere ||= error.code in LOST;
    const times = (failures.get(error.code) ?? 0) + 1;
    failures.set(error.code, times);
    return wasThere && times <= (LOST[error.code] ?? AWAY[error.code] ?? 0);
  };
  const policy = retry(handleWhen(isWorthAnother), {
    maxAttempts: MOST_TRIES,
    backoff: new ExponentialBackoff(PAUSE),
  });
  policy.onRetry(({ delay }) => ctx.log(`the connection was lost; trying again in ${Math.round(delay)} ms`));
  return policy.execute(work, ctx.signal);
}
