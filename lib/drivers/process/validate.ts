import { Problem } from "@/lib/contracts/problem";
import type { NamedPhase, PhaseContext } from "../driver";
import { checkDisk, checkPortFree } from "../phases/validate-host";
import { validatePlan } from "../plan/validate-plan";
import { bytes } from "../quantity";
import { settingsOf } from "../settings-of";
import { ProcessSettings } from "./settings";
import { findSupervisor } from "./supervisor-client";

/** Looks at everything that would make a later phase fail, before anything is touched. */
export const validatePhase: NamedPhase = {
  key: "validation",
  repeatable: true,
  async run(ctx) {
    if (ctx.spec.domain !== null) throw new Problem("settings-invalid", { params: { field: "domain" } });
    await validatePlan(ctx, settingsOf(ProcessSettings, ctx));
    const free = await checkDisk(ctx);
    await checkPort(ctx);
    return { detail: `port ${ctx.spec.port}, ${bytes(free)} free` };
  },
};

/** Free, or held by this service already: then the new release takes it over. */
async function checkPort(ctx: PhaseContext): Promise<void> {
  const service = await (await findSupervisor(ctx))?.service(ctx.serviceName);
  if (service?.port !== ctx.spec.port) await checkPortFree(ctx);
}
