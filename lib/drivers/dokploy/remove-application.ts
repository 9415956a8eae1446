import { Problem } from "@/lib/contracts/problem";
import { findOurs, idsOf } from "./ours";
import { Pace } from "./pace";
import { settle } from "./settle";
import type { StackContext } from "./stack-phase";
import { orIfForbidden } from "./tasks";

/** How long the swarm may take to end a service whose application is gone. */
const GONE_WITHIN_MS = 30_000;

/** Removes the service's applications with their domains, and makes sure that nothing of them runs. Safe to repeat. */
export async function removeApplications(ctx: StackContext, only?: readonly string[]): Promise<void> {
  const { applicationIds, resources } = await findOurs(ctx);
  for (const applicationId of only ?? applicationIds) {
    const recorded = resources.find(({ externalId }) => externalId === applicationId);
    const isLeft = await removeApplication(ctx, applicationId, recorded?.name ?? null);
    // While its service runs it stays written down, so that the next deployment does not overlook it.
    if (!isLeft || ctx.kind === "removal")
      await ctx.resources.forget({ kind: "application", externalId: applicationId });
  }
  // Domains went with it.
  if (!only)
    for (const externalId of idsOf(resources, "domain")) await ctx.resources.forget({ kind: "domain", externalId });
}

/** Answers whether something of it runs that no call can end. */
async function removeApplication(
  ctx: StackContext,
  applicationId: string,
  recordedName: string | null,
): Promise<boolean> {
  const application = await ctx.dokploy.findApplication(applicationId, ctx.signal);
  if (!application) return recordedName !== null && (await warnOfLeftService(ctx, recordedName));
  const { appName } = application;
  // Deleted while it deploys, it would come up afterwards, and nobody would know it.
  await settle(ctx, applicationId);
  await ctx.resources.record({ kind: "application", externalId: applicationId, name: appName });
  await ctx.dokploy.removeApplication(applicationId, ctx.signal);
  ctx.log(`removed the application ${appName}`);
  // The server answers well even where it could not remove the service.
  if (!(await isGone(ctx, appName)))
    throw new Problem("platform-failed", { detail: `the swarm service ${appName} outlived its application` });
  return false;
}

async function isGone(ctx: StackContext, appName: string): Promise<boolean> {
  for (const pace = new Pace(); pace.elapsedMs < GONE_WITHIN_MS; await pace.wait(ctx.signal))
    if (!(await runs(ctx, appName))) return true;
  return false;
}

/** What no application stands for any more can only be removed on the server itself. */
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
