import type { CutShort } from "../cut-short";
import type { Json, PhaseContext } from "../driver";
import type { Candidate } from "../phases/candidate";
import { stopsFirst } from "../running/start";
import { asJson, bringBack, startReceipt, stopOwn } from "./start";
import { ensureSupervisor } from "./start-supervisor";
import { candidateState } from "./state";
import type { SupervisorClient } from "./supervisor-client";

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
    look: async () => candidateState(await supervisor.service(serviceName), release.id),
    lastOutput: async (lines) => (await supervisor.output(serviceName, release.id)).slice(-lines),
    switchTo: () => supervisor.switchTo(serviceName, release.id),
    retireOthers: () => retireOthers(ctx, supervisor),
  };
}

async function retireOthers(ctx: PhaseContext, supervisor: SupervisorClient): Promise<CutShort[]> {
  const service = await supervisor.service(ctx.serviceName);
  const others = (service?.releases ?? []).filter(({ id }) => id !== ctx.release.id);
  const cuts = others.map(({ id }) =>
    supervisor.stopRelease(ctx.serviceName, id, ctx.spec.health.drainMs, { signal: ctx.signal }),
  );
  return (await Promise.all(cuts)).flat();
}

/** What served before serves again, started anew if it was stopped already. With nothing before, the port is closed. */
export async function switchBack(ctx: PhaseContext, kept: Json, scriptFile?: string): Promise<void> {
  const { previous } = startReceipt(kept);
  const supervisor = await ensureSupervisor(ctx, scriptFile);
  const service = await supervisor.service(ctx.serviceName);
  if (previous && stopsFirst(ctx)) await stopOwn(ctx, supervisor);
  if (previous) await bringBack(ctx, supervisor, previous);
  else if (service?.current === ctx.release.id) await supervisor.switchTo(ctx.serviceName, null);
}
