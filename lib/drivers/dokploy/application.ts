import { verbatim } from "@/lib/contracts/fact";
import { Problem } from "@/lib/contracts/problem";
import type { DokployApplication } from "./client/types";
import {
  ApplicationReceipt,
  EnvironmentReceipt,
  projectIdOf,
  type StackContext,
  type StackPhase,
  UNDO_DEADLINE_MS,
} from "./context";
import { settle } from "./follow-deployment";
import { askedAppName, findOurs, idsOf, markerOf } from "./ours";
import { Pace } from "./pace";
import { orIfForbidden } from "./tasks";

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

/** Was a create request sent before whose answer was lost? */
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

/** Keeps one application. Where the answer to a create request was lost there may be two: the recorded one stays. */
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

/** A person removed the application on the server. It stays recorded while its service runs, so that the next deployment finds it. */
async function forgetGone(ctx: StackContext, applicationId: string, appName: string | null | undefined): Promise<void> {
  if (appName && (await warnOfLeftService(ctx, appName))) return;
  await ctx.resources.forget({ kind: "application", externalId: applicationId });
}

/** Throws platform-gone where a person removed it in the meantime. */
export async function findApplication(ctx: StackContext, applicationId: string): Promise<DokployApplication> {
  const application = await ctx.dokploy.findApplication(applicationId, ctx.signal);
  if (!application) throw new Problem("platform-gone", { detail: `application ${ctx.serviceName}` });
  return application;
}

/** How long the swarm may take to end the service of a removed application. */
const GONE_WITHIN_MS = 30_000;

/** Removes the service's applications with their domains, and waits until none of their containers run. Safe to repeat. */
export async function removeApplications(ctx: StackContext, only?: readonly string[]): Promise<void> {
  const { applicationIds, resources } = await findOurs(ctx);
  for (const applicationId of only ?? applicationIds) {
    const recorded = resources.find(({ externalId }) => externalId === applicationId);
    const isLeft = await removeApplication(ctx, applicationId, recorded?.name ?? null);
    // It stays recorded while its swarm service runs, so that the next deployment finds it.
    if (!isLeft || ctx.kind === "removal")
      await ctx.resources.forget({ kind: "application", externalId: applicationId });
  }
  // The server removed its domains with it.
  if (!only)
    for (const externalId of idsOf(resources, "domain")) await ctx.resources.forget({ kind: "domain", externalId });
}

/** Answers whether its swarm service is still running and no API call can end it. */
async function removeApplication(
  ctx: StackContext,
  applicationId: string,
  recordedName: string | null,
): Promise<boolean> {
  const application = await ctx.dokploy.findApplication(applicationId, ctx.signal);
  if (!application) return recordedName !== null && (await warnOfLeftService(ctx, recordedName));
  const { appName } = application;
  // An application that is deleted during its deployment starts afterwards, unknown to everyone.
  await settle(ctx, applicationId);
  await ctx.resources.record({ kind: "application", externalId: applicationId, name: appName });
  await ctx.dokploy.removeApplication(applicationId, ctx.signal);
  ctx.log(`removed the application ${appName}`);
  // The server reports success even where it could not remove the swarm service.
  if (!(await isGone(ctx, appName)))
    throw new Problem("platform-failed", { detail: `the swarm service ${appName} outlived its application` });
  return false;
}

async function isGone(ctx: StackContext, appName: string): Promise<boolean> {
  for (const pace = new Pace(); pace.elapsedMs < GONE_WITHIN_MS; await pace.wait(ctx.signal))
    if (!(await runs(ctx, appName))) return true;
  return false;
}

/** Warns of a swarm service without an application: only commands on the server can remove it. */
export async function warnOfLeftService(ctx: StackContext, appName: string): Promise<boolean> {
  if (!(await runs(ctx, appName))) return false;
  ctx.warn(new Problem("platform-leftover", { params: { service: appName }, detail: commandsFor([appName]) }));
  return true;
}

export function commandsFor(appNames: readonly string[]): string {
  return appNames.map((name) => `docker service rm ${name}; rm -f /etc/dokploy/traefik/dynamic/${name}.yml`).join("\n");
}

export async function runs(ctx: StackContext, appName: string): Promise<boolean> {
  const tasks = await orIfForbidden(ctx.dokploy.listTasks(appName, ctx.signal), []);
  return tasks.some(({ state }) => state === "running" || state === "ready");
}
