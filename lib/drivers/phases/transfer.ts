import { Problem } from "@/lib/contracts/problem";
import type { PutTreeOptions, PutTreeResult, SourceTree } from "@/lib/hosts/host";
import { scanTree } from "@/lib/hosts/scan-tree";
import { stagingPath } from "@/lib/hosts/staging-path";
import type { NamedPhase, PhaseContext, PhaseResult } from "../driver";
import { readManifest, writeManifest } from "../manifest";
import { bytes, count } from "../quantity";
import { releaseLayout } from "../release-layout";
import { TransferRate } from "../transfer-rate";
import { resolveSource } from "./validate-source";

/** Left free beside the files themselves: what a build adds is unknown, but a full disk harms everybody on the host. */
const SPARE_BYTES = 64 * 1024 * 1024;

/** Sends the source into the release's directory. `isInUse` keeps undo from taking away what still runs. */
export function transferPhase(isInUse: (ctx: PhaseContext) => Promise<boolean>): NamedPhase {
  return {
    key: "transfer",
    // The directory appears whole or not at all, and a second run makes it anew.
    repeatable: true,
    run: (ctx) => (ctx.kind === "rollback" ? keepArtifact(ctx) : send(ctx)),
    async undo(ctx) {
      if (ctx.kind === "rollback") return;
      if (await isInUse(ctx)) throw new Problem("undo-failed", { detail: `release ${ctx.release.id} still runs` });
      await removeRelease(ctx);
    },
  };
}

/** A rollback runs what is on the host; Validation has seen that it is there. */
async function keepArtifact(ctx: PhaseContext): Promise<PhaseResult> {
  ctx.setArtifact(ctx.release.artifact);
  return { skipped: true };
}

async function send(ctx: PhaseContext): Promise<PhaseResult> {
  const { directory } = releaseLayout(ctx, ctx.release.id);
  // What the host has to say takes no longer than reading the source here.
  const [tree, freeBytes, base] = await Promise.all([
    resolveSource(ctx).then((folder) => scanTree(folder, ctx.signal)),
    ctx.host.diskFreeBytes(ctx.base),
    newestOnHost(ctx),
    removePlaced(ctx),
  ]);
  checkRoom(tree.bytes, freeBytes);
  await ctx.saveReceipt({ directory });
  const result = await put(ctx, tree, directory, base);
  await writeManifest(ctx, ctx.release.id, tree.entries);
  ctx.setArtifact({ directory, files: result.files, bytes: result.bytes });
  return { receipt: { directory }, detail: describeTransfer(result, base !== undefined) };
}

function checkRoom(treeBytes: number, freeBytes: number): void {
  const needed = treeBytes + SPARE_BYTES;
  if (freeBytes < needed) throw diskFull(freeBytes, needed);
}

export function diskFull(freeBytes: number, neededBytes: number): Problem {
  const detail = `${bytes(freeBytes)} free, ${bytes(neededBytes)} needed`;
  return new Problem("disk-full", { params: { freeBytes, neededBytes }, detail });
}

/** Sends a tree to a place of its own, with its progress. Throws `disk-full` or `transfer-failed`. */
export async function put(
  ctx: Pick<PhaseContext, "host" | "signal" | "progress">,
  tree: SourceTree,
  directory: string,
  base?: PutTreeOptions["base"],
): Promise<PutTreeResult> {
  const rate = new TransferRate();
  try {
    return await ctx.host.putTree(tree, directory, {
      signal: ctx.signal,
      base,
      onProgress: ({ bytes: done, totalBytes: total, files, totalFiles }) =>
        ctx.progress({
          detail: `${count(files)} / ${count(totalFiles)} files`,
          progress: { done, total, unit: "bytes", files, totalFiles, ...rate.after(done, total) },
        }),
    });
  } catch (cause) {
    ctx.signal.throwIfAborted();
    if (cause instanceof Problem) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new Problem(code === "ENOSPC" ? "disk-full" : "transfer-failed", { detail: message, cause });
  }
}

/** The newest release whose files are still known: most of them have not changed since. */
async function newestOnHost(ctx: PhaseContext): Promise<PutTreeOptions["base"]> {
  for (const { id } of ctx.artifacts) {
    const entries = id === ctx.release.id ? null : await readManifest(ctx, id);
    if (entries) return { path: releaseLayout(ctx, id).directory, entries };
  }
  return undefined;
}

function describeTransfer({ files, bytes: size, sentFiles }: PutTreeResult, hadBase: boolean): string {
  const total = `${count(files)} files, ${bytes(size)}`;
  return hadBase ? `${total}, ${count(sentFiles)} changed` : total;
}

async function removeRelease(ctx: PhaseContext): Promise<void> {
  await ctx.host.remove(stagingPath(releaseLayout(ctx, ctx.release.id).directory));
  await removePlaced(ctx);
}

/** What a first attempt finished. What it had sent of the rest stays: a second one continues with it. */
async function removePlaced(ctx: PhaseContext): Promise<void> {
  const { directory, manifest } = releaseLayout(ctx, ctx.release.id);
  await Promise.all([ctx.host.remove(directory), ctx.host.remove(manifest)]);
}
