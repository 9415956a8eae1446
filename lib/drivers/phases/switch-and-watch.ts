import { setTimeout as sleep } from "node:timers/promises";
import type { ProbeSummary } from "@/lib/contracts/deployment";
import { Problem } from "@/lib/contracts/problem";
import { failedBy } from "../cause";
import type { PhaseContext } from "../driver";
import { count, duration } from "../quantity";
import { type Candidate, logOutput } from "./candidate";
import { PublicProbes } from "./public-probes";

const LOOK_EVERY_MS = 200;
/** One that served before has proven itself once; whoever goes back to it is in a hurry. */
const LONGEST_ROLLBACK_WINDOW_MS = 1_000;

/**
 * Moves the traffic and asks through the public way all the while: from before the switch, when something served
 * there, to the end of the stability window. Fails when the release does not keep it up; the runner then switches back.
 */
export async function switchAndWatch(ctx: PhaseContext, candidate: Candidate): Promise<ProbeSummary> {
  const before = await candidate.state();
  const probes = new PublicProbes(ctx, candidate.publicAddress);
  const servedBefore = await probes.isGood();
  if (servedBefore) probes.start();
  try {
    await candidate.switchTo();
    ctx.log("new requests go to the new release");
    probes.start();
    await watchWindow(ctx, candidate, probes, before.restarts);
  } finally {
    await probes.stop();
    ctx.setProbes(probes.summary);
  }
  const { sent, failed, longestGapMs } = probes.summary;
  ctx.log(`${count(sent)} probes of the public way, ${count(failed)} failed, longest gap ${duration(longestGapMs)}`);
  return probes.summary;
}

async function watchWindow(
  ctx: PhaseContext,
  candidate: Candidate,
  probes: PublicProbes,
  restartsBefore: number,
): Promise<void> {
  const { unhealthyThreshold } = ctx.spec.health;
  const end = performance.now() + windowMs(ctx);
  do {
    const leftMs = Math.max(0, end - performance.now());
    // Also without a window, one answer has to prove the public way.
    await Promise.all([probes.untilNext(), sleep(Math.min(leftMs, LOOK_EVERY_MS), undefined, { signal: ctx.signal })]);
    const { serves, exited, restarts } = await candidate.state();
    const isSteady = serves && !exited && restarts === restartsBefore;
    if (!isSteady || probes.failedInARow >= unhealthyThreshold)
      throw await unstable(ctx, candidate, probes.summary, restarts - restartsBefore);
  } while (performance.now() < end);
  if (probes.failedInARow > 0) throw await unstable(ctx, candidate, probes.summary, 0);
}

function windowMs({ kind, spec }: PhaseContext): number {
  const { stabilityMs } = spec.health;
  return kind === "rollback" ? Math.min(stabilityMs, LONGEST_ROLLBACK_WINDOW_MS) : stabilityMs;
}

async function unstable(
  ctx: PhaseContext,
  candidate: Candidate,
  { sent, failed, lastFailure }: ProbeSummary,
  restarts: number,
): Promise<Problem> {
  const { known } = await logOutput(ctx, candidate);
  const params = { sent, failed, restarts };
  if (known) return failedBy(known, "unstable-after-switch", params);
  const detail = restarts > 0 ? `it restarted ${restarts} times` : (lastFailure ?? "it ended");
  return new Problem("unstable-after-switch", { params, detail });
}
