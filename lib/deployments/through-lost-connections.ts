import { ExponentialBackoff, handleWhen, retry } from "cockatiel";
import { Problem } from "@/lib/contracts/problem";
import type { PhaseContext } from "@/lib/drivers/driver";

/** With the pauses below about a minute, beside what each attempt to connect takes; the phase's deadline ends it sooner. */
const TRIES = 15;
const PAUSE = { initialDelay: 250, maxDelay: 5_000 };

/**
 * Does what is safe to repeat again when the connection to its host was lost in the middle of it: most come back. A
 * host that never answered is not waited for, unless `patient`: what was done there has to be taken back.
 */
export function throughLostConnections<T>(
  ctx: Pick<PhaseContext, "signal" | "log">,
  options: { patient: boolean },
  work: () => Promise<T>,
): Promise<T> {
  let wasThere = options.patient;
  const isLost = (error: Error) => {
    if (!(error instanceof Problem) || ctx.signal.aborted) return false;
    wasThere ||= error.code === "host-lost";
    return wasThere && (error.code === "host-lost" || error.code === "host-unreachable");
  };
  const policy = retry(handleWhen(isLost), { maxAttempts: TRIES, backoff: new ExponentialBackoff(PAUSE) });
  policy.onRetry(({ delay }) => ctx.log(`the connection was lost; trying again in ${Math.round(delay)} ms`));
  return policy.execute(work, ctx.signal);
}
