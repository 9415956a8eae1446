import { verbatim } from "@/lib/contracts/fact";
import { Problem } from "@/lib/contracts/problem";
import { markerOf } from "@/lib/drivers/dokploy/client/marker";
import type { DokployApplication } from "@/lib/drivers/dokploy/client/types";
import { askedAppName } from "./names";
import { findOurs } from "./ours";
import { ApplicationReceipt, EnvironmentReceipt, projectIdOf } from "./receipts";
import { removeApplications, warnOfLeftService } from "./remove-application";
import { type StackContext, type StackPhase, UNDO_DEADLINE_MS } from "./stack-phase";

export const applicationPhase: StackPhase = {
  key: "creating_application",
  repeatable: true,
  undoDeadlineMs: UNDO_DEADLINE_MS,
  async run(ctx) {
    const begun = ApplicationReceipt.safeParse(ctx.receiptOf("creating_application")).data;
    const found = await keepOneApplication(ctx);
    const made = found ? (begun?.made ?? ctx.previous === null) : true;
    const isUncertain = isUnanswered(begun);
    const { applicationId, appName } = found ?? (await create(ctx, isUncertain));
    await ctx.resources.record({ kind: "application", externalId: applicationId, name: appName });
    return { receipt: { applicationId, appName, made, isUncertain }, skipped: !made, facts: [verbatim(appName)] };
  },
  undo: (ctx) => removeApplications(ctx),
};

/** Was it asked for before without an answer that told its id? */
function isUnanswered(begun: { made: boolean; applicationId?: string; isUncertain: boolean } | undefined): boolean {
  return begun !== undefined && (begun.isUncertain || (begun.made && begun.applicationId === undefined));
}

async function create(ctx: StackContext, isUncertain: boolean): Promise<{ applicationId: string; appName: string }> {
  await ctx.saveReceipt({ made: true, isUncertain });
  const { environmentId = null } = EnvironmentReceipt.safeParse(ctx.receiptOf("getting_environment")).data ?? {};
  const appName = askedAppName(ctx.serviceName);
  const description = markerOf(ctx);
  const place = { projectId: projectIdOf(ctx), environmentId };
  return ctx.dokploy.createApplication({ name: ctx.serviceName, appName, description, ...place }, ctx.signal);
}

/** Of two whose answers crossed, the one that was written down stays. */
export async function keepOneApplication(ctx: StackContext): Promise<DokployApplication | null> {
  const { applicationIds, resources } = await findOurs(ctx);
  let kept: DokployApplication | null = null;
  for (const applicationId of applicationIds) {
    if (kept) {
      await removeApplications(ctx, [applicationId]);
      continue;
    }
    kept = await ctx.dokploy.findApplication(applicationId, ctx.signal);
    if (!kept)
      await forgetGone(ctx, applicationId, resources.find(({ externalId }) => externalId === applicationId)?.name);
  }
  return kept;
}

/** Somebody removed it there. While its service runs it stays written down: the next deployment must not overlook it. */
async function forgetGone(ctx: StackContext, applicationId: string, appName: string | null | undefined): Promise<void> {
  if (appName && (await warnOfLeftService(ctx, appName))) return;
  await ctx.resources.forget({ kind: "application", externalId: applicationId });
}

/** Throws platform-gone when somebody removed it meanwhile. */
export async function findApplication(ctx: StackContext, applicationId: string): Promise<DokployApplication> {
  const application = await ctx.dokploy.findApplication(applicationId, ctx.signal);
  if (!application) throw new Problem("platform-gone", { detail: `application ${ctx.serviceName}` });
  return application;
}
