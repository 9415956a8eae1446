import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "@/lib/contracts/problem";
import type { Json, PhaseContext } from "../driver";
import type { Candidate, CandidateState } from "../phases/candidate";
import { asJson, type StartReceipt, startReceipt } from "./start";
import { ensureSupervisor } from "./start-supervisor";
import type { ServiceStatus } from "./supervisor/protocol";
import type { SupervisorClient } from "./supervisor-client";

const POLL_MS = 20;

/** The release that Start started, as Verify Health sees it. */
export async function processCandidate(ctx: PhaseContext, scriptFile?: string): Promise<Candidate> {
  const supervisor = await ensureSupervisor(ctx, scriptFile);
  const receipt = startReceipt(ctx.receiptOf("start"));
  const { serviceName, release } = ctx;
  const { publicPort, bindAddress } = receipt.release.spec;
  return {
    publicAddress: { port: publicPort, ...(bindAddress === null ? {} : { host: bindAddress }) },
    receipt: asJson(receipt),
    async ensure() {
      const service = await supervisor.service(serviceName);
      if (!service?.releases.some(({ id }) => id === release.id))
        await supervisor.startRelease(serviceName, release.id, receipt.release.spec);
    },
    look: async () => stateOf(await supervisor.service(serviceName), release.id),
    lastOutput: async (lines) => (await supervisor.output(serviceName, release.id)).slice(-lines),
    switchTo: () => supervisor.switchTo(serviceName, release.id),
    retireOthers: () => retireOthers(ctx, supervisor),
  };
}

function stateOf(service: ServiceStatus | null, releaseId: string): CandidateState {
  const release = service?.releases.find(({ id }) => id === releaseId);
  if (!release) return { address: null, exited: { exitCode: null, signal: "it is gone" }, serves: false, restarts: 0 };
  const { address, state, exitCode, signal, restarts } = release;
  return {
    address,
    exited: state === "exited" ? { exitCode, signal } : null,
    serves: service?.current === releaseId,
    restarts,
  };
}

async function retireOthers(ctx: PhaseContext, supervisor: SupervisorClient): Promise<void> {
  const service = await supervisor.service(ctx.serviceName);
  const others = (service?.releases ?? []).filter(({ id }) => id !== ctx.release.id);
  await Promise.all(
    others.map(({ id }) => supervisor.stopRelease(ctx.serviceName, id, ctx.spec.health.drainMs, ctx.signal)),
  );
}

/** What served before serves again, started anew if it was stopped already. With nothing before, the port is closed. */
export async function switchBack(ctx: PhaseContext, kept: Json, scriptFile?: string): Promise<void> {
  const { previous } = startReceipt(kept);
  const supervisor = await ensureSupervisor(ctx, scriptFile);
  const service = await supervisor.service(ctx.serviceName);
  if (previous) await bringBack(ctx, supervisor, previous);
  else if (service?.current === ctx.release.id) await supervisor.switchTo(ctx.serviceName, null);
}

async function bringBack(
  ctx: PhaseContext,
  supervisor: SupervisorClient,
  { id, spec }: NonNullable<StartReceipt["previous"]>,
): Promise<void> {
  await supervisor.startRelease(ctx.serviceName, id, spec);
  const deadline = performance.now() + ctx.spec.health.portTimeoutMs;
  const look = async () => stateOf(await supervisor.service(ctx.serviceName), id);
  let state = await look();
  while (!state.address && !state.exited && performance.now() < deadline) {
    await sleep(POLL_MS, undefined, { signal: ctx.signal });
    state = await look();
  }
  // Also when it does not come up: as the one that serves it is started again and again, as it was before.
  await supervisor.switchTo(ctx.serviceName, id, true);
  if (!state.address)
    throw new Problem("undo-failed", { detail: `the previous release ${id} does not start any more` });
}
