import * as z from "zod";
import type { Progress } from "@/lib/contracts/deployment";
import { type Fact, fact } from "@/lib/contracts/fact";
import { Problem } from "@/lib/contracts/problem";
import type { PutTreeOptions, PutTreeResult, SourceTree, TreeEntry } from "@/lib/hosts/host";
import { type ScannedTree, scanTree } from "@/lib/hosts/scan-tree";
import type { SourceUse } from "@/lib/hosts/source-rules";
import { stagingPath } from "@/lib/hosts/unfinished";
import type { MaterialisedSource } from "@/lib/sources/source";
import type { Json, NamedPhase, PhaseContext, PhaseResult } from "../driver";
import { count } from "../quantity";
import { readManifest, treeDigest, writeManifest } from "../release-files";
import { pathInRelease, releaseLayout } from "../release-layout";
import { checkRoom, checkRoomHere, type Need, transferNeeds } from "./room";

interface Sending {
  /** Keeps undo from removing a running release. */
  isInUse(ctx: PhaseContext): Promise<boolean>;
  /** The purpose of the files for the driver. */
  use(ctx: PhaseContext): SourceUse;
  /** The space that the following build needs. */
  buildNeeds(ctx: PhaseContext, tree: SourceTree): Promise<Need[]>;
}

/** Sends the source into the release's directory. */
export function transferPhase(sending: Sending): NamedPhase {
  return {
    key: "transfer",
    // The directory appears whole or not at all, and a second run replaces it.
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

/** A rollback uses the artifact on the host, which Validation has found. */
async function keepArtifact(ctx: PhaseContext): Promise<PhaseResult> {
  ctx.setArtifact(ctx.release.artifact);
  return { skipped: true };
}

async function send(ctx: PhaseContext, { use, buildNeeds }: Sending): Promise<PhaseResult> {
  const { directory } = releaseLayout(ctx, ctx.release.id);
  // All three concurrently: the host answers while the source is read.
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

/** The source as it is sent. Excluded files are logged with the reason. */
export async function scanSource(
  ctx: Pick<PhaseContext, "sourceRoots" | "sources" | "signal" | "log">,
  use: SourceUse,
): Promise<ScannedTree> {
  const { folder, leftOut } = await openSource(ctx);
  const tree = await scanTree(folder, ctx.signal, use);
  if (leftOut) logLeftOut(ctx, leftOut.why, leftOut);
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

/** Sends a tree into a new directory and reports progress. Throws `disk-full` or `transfer-failed`. */
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

/** The newest other release with a manifest: most of its files have not changed since. */
async function newestOnHost(ctx: PhaseContext): Promise<PutTreeOptions["base"]> {
  for (const { id, artifact } of ctx.artifacts) {
    const entries = id === ctx.release.id ? null : await readManifest(ctx, id);
    if (entries) return { path: releaseLayout(ctx, id).directory, entries: withoutVolumes(entries, artifact) };
  }
  return undefined;
}

const WithVolumes = z.looseObject({ volumes: z.array(z.string()).default([]) });

/** Leaves out the paths of volumes: a link took the place of the files that were sent. */
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

/** Removes a finished transfer. A partial one stays: the next attempt continues it. */
async function removePlaced(ctx: PhaseContext): Promise<void> {
  const { directory, manifest, built } = releaseLayout(ctx, ctx.release.id);
  await Promise.all([directory, manifest, built].map((path) => ctx.host.remove(path)));
}

type SourceContext = Pick<PhaseContext, "sourceRoots" | "sources" | "signal" | "log">;

/** The source as a folder on this machine, with every symbolic link of its path followed. */
function openSource(ctx: SourceContext): Promise<MaterialisedSource> {
  const { sourceRoots: roots, signal } = ctx;
  return ctx.sources.materialise({ roots, signal, hasRoom: (need) => checkRoomHere(ctx, [need]) });
}

export async function resolveSource(ctx: SourceContext): Promise<string> {
  return (await openSource(ctx)).folder;
}

const WINDOW_MS = 5_000;
const SAMPLE_EVERY_MS = 100;
/** An earlier estimate would be a guess. */
const KNOWN_AFTER_MS = 500;

/** The speed of a transfer and the time left, estimated from the last seconds. */
export class TransferRate {
  readonly #nowMs: () => number;
  #samples: { atMs: number; bytes: number }[] = [];

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** Call it on every report of progress; the first report may include earlier bytes. Empty until an estimate is possible. */
  after(doneBytes: number, totalBytes: number): Pick<Progress, "bytesPerSecond" | "secondsLeft"> {
    const atMs = this.#nowMs();
    const last = this.#samples.at(-1);
    // Bytes are sent again, so the earlier samples do not count.
    if (last && doneBytes < last.bytes) this.#samples = [];
    if (!last || atMs - last.atMs >= SAMPLE_EVERY_MS) this.#samples.push({ atMs, bytes: doneBytes });
    this.#samples = this.#samples.filter(
      (sample, index, all) => index >= all.length - 2 || atMs - sample.atMs < WINDOW_MS,
    );
    const [first] = this.#samples;
    if (!first || atMs - first.atMs < KNOWN_AFTER_MS || doneBytes <= first.bytes) return {};
    const bytesPerSecond = Math.round(((doneBytes - first.bytes) / (atMs - first.atMs)) * 1_000);
    return { bytesPerSecond, secondsLeft: Math.ceil((totalBytes - doneBytes) / bytesPerSecond) };
  }
}
