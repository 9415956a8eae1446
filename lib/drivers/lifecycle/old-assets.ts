import { dirname } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import type { Command, CommandResult } from "@/lib/hosts/host";
import type { HostPlace, PhaseContext, ServicePlace } from "../driver";
import { count } from "../quantity";
import { oldAssetsDirectory, releaseLayout } from "../release-layout";
import type { HostParts, LiveRelease } from "../route";
import type { Runner } from "../runner";
import { type AssetFolder, KeepAssetsSetting } from "../setting-shapes";
import { settingsOf } from "../settings-of";
import program from "./old-assets.sh" with { type: "text" };

/**
 * Files of earlier releases, for the pages that people still have open: their scripts and styles have names that the next
 * release does not have. The files of a live release are copied right before it is replaced, while the host still has
 * them. Who has the public port answers with one only where the live release answers 404, and for a day.
 */

/** Of one service, with the oldest removed first. */
const MOST_MIB = 512;
const MOST_BYTES = MOST_MIB * 1024 * 1024;
/** Exit codes of old-assets.sh. */
const EXIT = { noFolder: 66, tooLarge: 67 } as const;

type Args = Command["args"];

export function commandOf(verb: "pack" | "keep" | "settle" | "expire", args: readonly string[]): Args {
  return ["sh", "-c", program, "old-assets", verb, ...args];
}

/** For releases that are directories (`Runner.packFolder`). */
export const packFolder: Runner["packFolder"] = (place, releaseId, folder, use) =>
  use(commandOf("pack", [releaseLayout(place, releaseId).directory, folder]));

interface Change {
  before: LiveRelease | null;
  next: LiveRelease;
}

/** Copies what open pages may need of the release that is about to be replaced. What cannot be kept is a warning. */
export async function keepOldAssets(ctx: PhaseContext, parts: HostParts, { before, next }: Change): Promise<void> {
  const folders = foldersOf(ctx);
  if (!before || before.releaseId === next.releaseId || !next.keepsAssets || folders.length === 0) return;
  if (!(await parts.route.canKeepAssets(ctx, next))) {
    const proxy = next.way === "supervisor" ? "a supervisor of an earlier version" : "no Caddy";
    notKept(ctx, folders, `${ctx.host.label} has ${proxy} in front of the service`);
    return;
  }
  // The release that is replaced may have had its files elsewhere.
  const own = ctx.previous?.id === before.releaseId ? foldersOf(ctx.previous) : [];
  for (const folder of folders) {
    const files = own.find(({ url }) => url === folder.url)?.files ?? folder.files;
    await keepFolder(ctx, parts.runner, before.releaseId, { ...folder, files });
  }
}

async function keepFolder(ctx: PhaseContext, runner: Runner, releaseId: string, folder: AssetFolder): Promise<void> {
  const store = oldAssetsDirectory(ctx);
  try {
    const kept = await runner.packFolder(ctx, releaseId, folder.files, (pack) =>
      ctx.host.run(
        { args: commandOf("keep", [store, folder.url, String(MOST_BYTES), ...pack]) },
        { signal: ctx.signal },
      ),
    );
    const reason = kept === null ? missing(folder) : reasonOf(kept, folder);
    if (reason !== null) return notKept(ctx, [folder], reason);
    const [files = "0", dropped = "0"] = kept?.stdout.trim().split(/\s+/) ?? [];
    ctx.log(`assets kept for a day, for pages that are open: ${count(Number(files))} in /${folder.url}`);
    logDropped(ctx, Number(dropped));
  } catch (error) {
    ctx.signal.throwIfAborted();
    // A lost connection is made again, and the phase repeated.
    if (!(error instanceof Problem) || error.code === "host-lost") throw error;
    notKept(ctx, [folder], error.detail ?? error.code);
  }
}

/** Once the new release is verified: removes what its settings no longer name, and what is older than a day. */
export async function settleOldAssets(ctx: PhaseContext, { before, next }: Change): Promise<void> {
  const folders = next.keepsAssets ? foldersOf(ctx) : [];
  if (folders.length > 0) {
    const args = [oldAssetsDirectory(ctx), String(MOST_BYTES), ...folders.map(({ url }) => url)];
    const settled = await ctx.host.run({ args: commandOf("settle", args) }, { signal: ctx.signal });
    // The new release serves, and the hourly look at the host tries it again.
    if (settled.exitCode !== 0) ctx.log(`old assets could not be removed: ${settled.stderr.trim()}`);
    else logDropped(ctx, Number(settled.stdout));
  } else if (before?.keepsAssets) {
    await removeOldAssets(ctx);
  }
}

/** Nothing there is success. */
export async function removeOldAssets(place: ServicePlace): Promise<void> {
  await place.host.remove(oldAssetsDirectory(place));
}

/** Removes the files of all services of a base directory that were replaced more than a day ago. */
export async function expireOldAssets({ host, base }: HostPlace, signal: AbortSignal): Promise<void> {
  const stores = dirname(oldAssetsDirectory({ base, serviceName: "any" }));
  const { exitCode, stderr } = await host.run({ args: commandOf("expire", [stores, String(MOST_BYTES)]) }, { signal });
  if (exitCode !== 0) throw new Problem("command-failed", { params: { command: "find" }, detail: stderr.trim() });
}

export function keepsAssets(spec: { settings: unknown }): boolean {
  return foldersOf({ spec }).length > 0;
}

function foldersOf({ spec }: { spec: { settings: unknown } }): readonly AssetFolder[] {
  return settingsOf(KeepAssetsSetting, { spec }).keepAssets ?? [];
}

/** Null when all of the folder was kept. */
function reasonOf({ exitCode, signal, stderr }: CommandResult, folder: AssetFolder): string | null {
  if (exitCode === 0) return null;
  if (exitCode === EXIT.noFolder) return missing(folder);
  if (exitCode === EXIT.tooLarge) return `${folder.files} has more than ${MOST_MIB} MiB, or too much for the disk`;
  return stderr.trim() || `tar ended with ${signal ?? `exit code ${exitCode}`}`;
}

function missing({ files }: AssetFolder): string {
  return `the replaced release has no folder ${files}`;
}

function notKept(ctx: PhaseContext, folders: readonly AssetFolder[], detail: string): void {
  ctx.warn(
    new Problem("assets-not-kept", { params: { path: folders.map(({ url }) => `/${url}`).join(", ") }, detail }),
  );
}

function logDropped(ctx: PhaseContext, files: number): void {
  if (files > 0) ctx.log(`old assets may take ${MOST_MIB} MiB: the oldest ones were removed, ${count(files)}`);
}
