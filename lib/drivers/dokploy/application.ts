import { Problem } from "@/lib/contracts/problem";
import { markerOf } from "@/lib/dokploy/marker";
import type { DokployApplication } from "@/lib/dokploy/types";
import { findOurs } from "./ours";
import { ApplicationReceipt, EnvironmentReceipt, projectIdOf } from "./receipts";
import { removeApplications, warnOfLeftService } from "./remove-application";
import { type StackContext, type StackPhase, UNDO_DEADLINE_MS } from "./stack-phase";

/** The server adds seven characters, and the swarm takes no name over 63. */
const LONGEST_NAME = 56;

export const applicationPhase: StackPhase = {
  key: "creating_application",
  repeatable: true,
  undoDeadlineMs: UNDO_DEADLINE_MS,
  async run(ctx) {
    const begun = ApplicationReceipt.safeParse(ctx.receiptOf("creating_application")).data;
    const found = await keepOneApplication(ctx);
    const made = found ? (begun?.made ?? ctx.previous === null) : true;
    const { applicationId, appName } = found ?? (await create(ctx));
    await ctx.resources.record({ kind: "application", externalId: applicationId, name: appName });
    return { receipt: { applicationId, appName, made }, skipped: !made, detail: appName };
  },
  undo: (ctx) => removeApplications(ctx),
};

async function create(ctx: StackContext): Promise<{ applicationId: string; appName: string }> {
  await ctx.saveReceipt({ made: true });
  const { environmentId = null } = EnvironmentReceipt.safeParse(ctx.receiptOf("getting_environment")).data ?? {};
  const appName = ctx.serviceName.slice(0, LONGEST_NAME).replace(/-+$/, "");
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

/** Somebody removed it there. Its service may still run, and then nobody but a person on the server can end it. */
async function forgetGone(ctx: StackContext, applicationId: string, appName: string | null | undefined): Promise<void> {
  if (appName) await warnOfLeftService(ctx, appName);
  await ctx.resources.forget({ kind: "application", externalId: applicationId });
}

/** Throws platform-gone when somebody removed it meanwhile. */
export async function findApplication(ctx: StackContext, applicationId: string): Promise<DokployApplication> {
  const application = await ctx.dokploy.findApplication(applicationId, ctx.signal);
  if (!application) throw new Problem("platform-gone", { detail: `application ${ctx.serviceName}` });
  return application;
}
