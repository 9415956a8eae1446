import * as z from "zod";
import { type Fact, fact } from "@/lib/contracts/fact";
import { Problem } from "@/lib/contracts/problem";
import type { PutTreeOptions, PutTreeResult, SourceTree, TreeEntry } from "@/lib/hosts/host";
import { type ScannedTree, scanTree } from "@/lib/hosts/scan-tree";
import type { SourceUse } from "@/lib/hosts/source-rules";
import { stagingPath } from "@/lib/hosts/unfinished";
import type { Json, NamedPhase, PhaseContext, PhaseResult } from "../driver";
import { readManifest, treeDigest, writeManifest } from "../manifest";
import { count } from "../quantity";
import { pathInRelease, releaseLayout } from "../release-layout";
import { TransferRate } from "../transfer-rate";
import { checkRoom, type Need, transferNeeds } from "./room";
import { resolveSource } from "./validate-source";

interface Sending {
  /** Keeps undo from taking away what still runs. */
  isInUse(ctx: PhaseContext): Promise<boolean>;
  /** What the driver needs the files for. */
  use(ctx: PhaseContext): SourceUse;
  /** What the build after it will write. */
  buildNeeds(ctx: PhaseContext, tree: SourceTree): Promise<Need[]>;
}

/** Sends the source into the release's directory. */
export function transferPhase(sending: Sending): NamedPhase {
  return {
    key: "transfer",
    // The directory appears whole or not at all, and a second run makes it anew.
    repeatable: true,
    run: (ctx) => (ctx.kind === "rollback" ? keepArtifact(ctx) : send(ctx, sending)),
    async undo(ctx) {
      if (ctx.kind === "rollback") return;
      if (await sending.isInUse(ctx))
        throw new Problem("undo-failed", { detail: `release ${ctx.release.id} still runs` });
      await removeRelease(ctx);
    },
  };
}

/** A rollback runs what is on the host; Validation has seen that it is there. */
async function keepArtifact(ctx: PhaseContext): Promise<PhaseResult> {
  ctx.setArtifact(ctx.release.artifact);
  return { skipped: true };
}

async function send(ctx: PhaseContext, { use, buildNeeds }: Sending): Promise<PhaseResult> {
  const { directory } = releaseLayout(ctx, ctx.release.id);
  // What the host has to say takes no longer than reading the source here.
  const [tree, base] = await Promise.all([scanSource(ctx, use(ctx)), newestOnHost(ctx), removePlaced(ctx)]);
  await checkRoom(ctx, [...transferNeeds(ctx, tree, base?.entries ?? []), ...(await buildNeeds(ctx, tree))]);
  await ctx.saveReceipt({ directory });
  const result = await put(ctx, tree, directory, base);
  await writeManifest(ctx, ctx.release.id, tree.entries);
  const volumes = ctx.spec.volumes.map(({ path }) => path);
  ctx.setArtifact({ directory, files: result.files, bytes: result.bytes, digest: treeDigest(tree.entries), volumes });
  return { receipt: { directory }, facts: [sentFact(result, base !== undefined)] };
}

const LEFT_OUT = {
  repository: "the history of a repository",
  dependencies: "dependencies are installed where the service runs",
  cache: "made anew where the service runs",
  special: "neither a file, a folder nor a link",
} as const;
const NAMED = 10;

/** The source as it is sent. What of it is not, and why, is in the log: a file that is missed later is found there. */
export async function scanSource(
  ctx: Pick<PhaseContext, "spec" | "sourceRoots" | "sources" | "signal" | "log">,
  use: SourceUse,
): Promise<ScannedTree> {
  const { source } = ctx.spec;
  const tree = await scanTree(await resolveSource(ctx), ctx.signal, use);
  if (source.kind === "archive")
    logLeftOut(ctx, "what macOS adds to archives", await ctx.sources.leftOut(source.uploadId));
  for (const [reason, group] of Map.groupBy(tree.leftOut, (entry) => entry.reason)) {
    const why = reason === "ignored" ? `by ${tree.ignoreFile}` : LEFT_OUT[reason];
    logLeftOut(ctx, why, { count: group.length, names: group.map(({ path }) => path) });
  }
  return tree;
}

/** `names` may be only the first of them. */
function logLeftOut(
  ctx: Pick<PhaseContext, "log">,
  why: string,
  leftOut: { count: number; names: readonly string[] },
): void {
  if (leftOut.count === 0) return;
  const names = leftOut.names.slice(0, NAMED);
  const rest = leftOut.count > names.length ? ` and ${count(leftOut.count - names.length)} more` : "";
  ctx.log(`left out (${why}): ${names.join(", ")}${rest}`);
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
          facts: [fact("sending-files", { files, total: totalFiles })],
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
  for (const { id, artifact } of ctx.artifacts) {
    const entries = id === ctx.release.id ? null : await readManifest(ctx, id);
    if (entries) return { path: releaseLayout(ctx, id).directory, entries: withoutVolumes(entries, artifact) };
  }
  return undefined;
}

const WithVolumes = z.looseObject({ volumes: z.array(z.string()).default([]) });

/** What a volume took the place of is not what was sent any more. */
function withoutVolumes(entries: readonly TreeEntry[], artifact: Json): readonly TreeEntry[] {
  const places = (WithVolumes.safeParse(artifact).data?.volumes ?? []).map((path) => `${pathInRelease(path)}/`);
  return entries.filter(({ path }) => !places.some((place) => `${path}/`.startsWith(place)));
}

function sentFact({ files, bytes: size, sentFiles: changed }: PutTreeResult, hadBase: boolean): Fact {
  return hadBase ? fact("sent-changed-files", { files, size, changed }) : fact("sent-files", { files, size });
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
