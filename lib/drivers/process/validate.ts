import { fact } from "@/lib/contracts/fact";
import type { NamedPhase, PhaseContext } from "../driver";
import { askHealthPath, checkBindAddress, checkDisk, checkPortFree } from "../phases/validate-host";
import { validatePlan } from "../plan/validate-plan";
import { refuseUnfit } from "../refusal";
import { warnOfOutage } from "../running/validate";
import { settingsOf } from "../settings-of";
import { checkCage, processCage } from "./cage";
import { ProcessSettings } from "./settings";
import { findSupervisor } from "./supervisor-client";
import { refuses } from "./volumes";

/** Looks at everything that would make a later phase fail, before anything is touched. */
export const validatePhase: NamedPhase = {
  key: "validation",
  repeatable: true,
  async run(ctx) {
    refuseUnfit(refuses, ctx);
    await checkCage(ctx);
    await validatePlan(ctx, settingsOf(ProcessSettings, ctx), processCage);
    const free = await checkDisk(ctx);
    await checkBindAddress(ctx);
    await checkPort(ctx);
    if (ctx.previous) warnOfOutage(ctx);
    await askHealthPath(ctx);
    return { facts: [fact("port-and-space", { port: ctx.spec.port, free })] };
  },
};

/** Free, or held by this service already: then the new release takes it over. */
async function checkPort(ctx: PhaseContext): Promise<void> {
  const service = await (await findSupervisor(ctx))?.service(ctx.serviceName);
  if (service?.port !== ctx.spec.port) await checkPortFree(ctx);
}
