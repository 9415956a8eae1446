import type { Volume } from "@/lib/contracts/service";
import { findApplication } from "./application";
import { idsOf } from "./ours";
import type { StackContext } from "./stack-phase";

/**
 * Has the application mount these volumes and no others of ours. The server takes two mounts at one path, and every
 * deployment fails afterwards; what a person mounted elsewhere is left alone.
 */
export async function keepMounts(ctx: StackContext, applicationId: string, volumes: readonly Volume[]): Promise<void> {
  const [{ mounts }, resources] = await Promise.all([findApplication(ctx, applicationId), ctx.resources.list()]);
  const ours = new Set(idsOf(resources, "volume"));
  const missing = new Map(volumes.map((volume) => [volume.path, volume.name]));
  const paths = new Set(missing.keys());
  for (const { mountId, type, volumeName, mountPath } of mounts) {
    if (type === "volume" && missing.get(mountPath) === volumeName) missing.delete(mountPath);
    else if (paths.has(mountPath) || ours.has(volumeName ?? "")) await ctx.dokploy.removeMount(mountId, ctx.signal);
  }
  for (const { name } of volumes) await ctx.resources.record({ kind: "volume", externalId: name, name });
  for (const [mountPath, volumeName] of missing)
    await ctx.dokploy.createMount({ applicationId, volumeName, mountPath }, ctx.signal);
}
