import { Problem } from "@/lib/contracts/problem";
import type { Volume } from "@/lib/contracts/service";
import { findApplication } from "./application";
import { idsOf } from "./ours";
import type { StackContext } from "./stack-phase";
import { orIfForbidden } from "./tasks";

/** A mount whose answer was lost may come up beside the one that was created instead of it: it is looked at again. */
const MOST_LOOKS = 3;

/**
 * Has the application mount these volumes and no others of ours. The server takes two mounts at one path, and every
 * deployment fails afterwards; what a person mounted elsewhere is left alone.
 */
export async function keepMounts(
  ctx: StackContext,
  applicationId: string,
  volumes: readonly Volume[],
  { isUncertain }: { isUncertain: boolean },
): Promise<void> {
  const recorded = new Set(idsOf(await ctx.resources.list(), "volume"));
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    if (await isRight(ctx, applicationId, volumes, recorded)) return;
    if (!isUncertain) return;
  }
  throw new Problem("platform-failed", { detail: "its mounts are not those that were asked for" });
}

/**
 * Writes them down, so that nobody else gets at their data, and answers those that were not written down before. They
 * exist from the first container on: see forgetUnborn.
 */
export async function recordVolumes(ctx: StackContext, volumes: readonly Volume[]): Promise<string[]> {
  const added: string[] = [];
  for (const { name } of volumes)
    if (await ctx.resources.record({ kind: "volume", externalId: name, name })) added.push(name);
  return added;
}

/** The swarm creates a volume with the first container. Without any there is none, and nothing that would keep its name. */
export async function forgetUnborn(ctx: StackContext, appName: string, volumes: readonly string[]): Promise<void> {
  if (volumes.length === 0) return;
  const tasks = await orIfForbidden(ctx.dokploy.listTasks(appName, ctx.signal), null);
  if (tasks === null || tasks.length > 0) return;
  for (const externalId of volumes) await ctx.resources.forget({ kind: "volume", externalId });
}

/** Answers whether there was nothing to change. */
async function isRight(
  ctx: StackContext,
  applicationId: string,
  volumes: readonly Volume[],
  ours: ReadonlySet<string>,
): Promise<boolean> {
  const { mounts } = await findApplication(ctx, applicationId);
  const missing = new Map(volumes.map((volume) => [volume.path, volume.name]));
  const paths = new Set(missing.keys());
  const wrong = mounts.filter(({ type, volumeName, mountPath }) => {
    if (type === "volume" && missing.get(mountPath) === volumeName) return !missing.delete(mountPath);
    return paths.has(mountPath) || ours.has(volumeName ?? "");
  });
  for (const { mountId } of wrong) await ctx.dokploy.removeMount(mountId, ctx.signal);
  for (const [mountPath, volumeName] of missing)
    await ctx.dokploy.createMount({ applicationId, volumeName, mountPath }, ctx.signal);
  return missing.size === 0 && wrong.length === 0;
}
