import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "@/lib/contracts/problem";
import type { Json, NamedPhase, PhaseContext } from "../driver";
import { describeProbe, type ProbeAnswer, probe } from "../probe";
import { count, duration } from "../quantity";
import type { Address, Candidate, CandidateState } from "./candidate";
import { serviceUrl } from "./register";
import { switchAndWatch } from "./switch-and-watch";

const LOOK_EVERY_MS = 10;
const OUTPUT_LINES = 50;
const DETAIL_LINES = 5;

/**
 * Healthy first, then switch, then clean up: what served before is stopped only when the new release has proven itself
 * through the public way. Until then `switchBack` has everything it needs.
 */
export function verifyHealthPhase(options: {
  candidateOf: (ctx: PhaseContext) => Promise<Candidate>;
  /** Must also work when what served before was stopped already. */
  switchBack: (ctx: PhaseContext, receipt: Json) => Promise<void>;
}): NamedPhase {
  return {
    key: "verify",
    // Every step finds out by itself whether it was done already: a switch is repeated, a stopped release stays stopped.
    repeatable: true,
    async run(ctx) {
      const candidate = await options.candidateOf(ctx);
      await candidate.ensure();
      const address = await waitForPort(ctx, candidate);
      await waitUntilHealthy(ctx, candidate, address);
      await ctx.saveReceipt(candidate.receipt);
      const probes = await switchAndWatch(ctx, candidate);
      ctx.setUrl(serviceUrl(ctx));
      await retire(ctx, candidate);
      return { receipt: candidate.receipt, detail: `${count(probes.sent)} probes, ${count(probes.failed)} failed` };
    },
    async undo(ctx, receipt) {
      // Without a receipt nothing was switched: it is kept before the switch.
      if (receipt !== undefined) await options.switchBack(ctx, receipt);
    },
  };
}

async function waitForPort(ctx: PhaseContext, candidate: Candidate): Promise<Address> {
  const { portTimeoutMs } = ctx.spec.health;
  const started = performance.now();
  for (;;) {
    const state = await candidate.look();
    await failIfExited(ctx, candidate, state);
    const waitedMs = performance.now() - started;
    if (state.address) {
      ctx.log(`listens after ${duration(waitedMs)}`);
      return state.address;
    }
    if (waitedMs > portTimeoutMs) {
      await logOutput(ctx, candidate);
      throw new Problem("health-failed", {
        params: { timeoutMs: portTimeoutMs },
        detail: `it did not open its port within ${duration(portTimeoutMs)}`,
      });
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal: ctx.signal });
  }
}

/** `healthyThreshold` good answers in a row pass it, `unhealthyThreshold` bad ones fail it; one kind ends the other's row. */
async function waitUntilHealthy(ctx: PhaseContext, candidate: Candidate, address: Address): Promise<void> {
  const { health, healthPath: path } = ctx.spec;
  for (let good = 0, bad = 0; ; ) {
    const answer = await probe(ctx.host, { address, path, timeoutMs: health.requestTimeoutMs, signal: ctx.signal });
    [good, bad] = answer.ok ? [good + 1, 0] : [0, bad + 1];
    report(ctx, answer, good + bad);
    await failIfExited(ctx, candidate, await candidate.look());
    if (bad >= health.unhealthyThreshold) throw await unhealthy(ctx, candidate, answer);
    if (good >= health.healthyThreshold) return;
    await sleep(answer.ok ? health.goodIntervalMs : health.intervalMs, undefined, { signal: ctx.signal });
  }
}

async function unhealthy(ctx: PhaseContext, candidate: Candidate, answer: ProbeAnswer): Promise<Problem> {
  await logOutput(ctx, candidate);
  const { health, healthPath: path } = ctx.spec;
  return new Problem("health-failed", {
    params: { path, tries: health.unhealthyThreshold, ...(answer.status === null ? {} : { status: answer.status }) },
    detail: `${path}: ${describeProbe(answer)}`,
  });
}

function report(ctx: PhaseContext, answer: ProbeAnswer, number: number): void {
  const { health, healthPath } = ctx.spec;
  const total = answer.ok ? health.healthyThreshold : health.unhealthyThreshold;
  ctx.log(`${answer.ok ? "probe" : "bad probe"} ${number}/${total}: ${healthPath} ${describeProbe(answer)}`);
  ctx.progress({ progress: { done: answer.ok ? number : 0, total: health.healthyThreshold, unit: "probes" } });
}

async function failIfExited(ctx: PhaseContext, candidate: Candidate, { exited }: CandidateState): Promise<void> {
  if (!exited) return;
  const output = await logOutput(ctx, candidate);
  const how = exited.signal ?? `exit code ${exited.exitCode}`;
  throw new Problem("service-exited", {
    params: exited.exitCode === null ? { signal: how } : { exitCode: exited.exitCode },
    detail: [how, ...output.slice(-DETAIL_LINES)].join("\n"),
  });
}

/** Into the deployment's log, where the person who has to mend it looks first. */
async function logOutput(ctx: PhaseContext, candidate: Candidate): Promise<readonly string[]> {
  const output = await candidate.lastOutput(OUTPUT_LINES);
  ctx.log(output.length === 0 ? "the release wrote nothing" : `the last ${output.length} lines of the release:`);
  for (const line of output) ctx.log(line, "stdout");
  return output;
}

async function retire(ctx: PhaseContext, candidate: Candidate): Promise<void> {
  const started = performance.now();
  await candidate.retireOthers();
  if (ctx.previous) ctx.log(`the previous release was drained and stopped in ${duration(performance.now() - started)}`);
}
