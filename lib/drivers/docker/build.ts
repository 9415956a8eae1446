import { mkdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type Docker from "dockerode";
import * as z from "zod";
import { fact } from "@/lib/contracts/fact";
import { Problem } from "@/lib/contracts/problem";
import type { Host, SourceTree } from "@/lib/hosts/host";
import { LocalHost } from "@/lib/hosts/local-host";
import { engineId, openEngine } from "@/lib/platform/docker/engine";
import { unless } from "@/lib/platform/docker/engine-problem";
import type { NamedPhase, PhaseContext } from "../driver";
import { KeptBuild, saysUsedAgain, sentDigest, withBuild } from "../kept-build";
import { checkRoomHere } from "../phases/room";
import { put, scanSource } from "../phases/transfer";
import { treeDigest, writeManifest } from "../release-files";
import { releaseLayout } from "../release-layout";
import { settingsOf } from "../settings-of";
import { carriedDirectory, carryImage, checkArrived, removeCarried } from "./carry-image";
import { checkConfinedBuild } from "./confined-build";
import { exposedPortOf, findImage, imageBuildNeeds, nameStages, removeBuiltImage, removeLostStages } from "./image";
import { buildMark, imageTag, ownImage } from "./names";
import { ensureNetwork } from "./network";
import { buildKey, findEarlierBuild, tagEarlierBuild } from "./restore-build";
import { runBuild } from "./run-build";
import { DockerSettings, imageUse } from "./settings";

/** The tag, and whose build it is; without `build` the build cannot be used again. */
const BuildReceipt = z.object({ tag: z.string(), build: KeptBuild.optional() });
type BuildReceipt = z.infer<typeof BuildReceipt>;

/**
 * Builds the release's image from the files that were sent, or uses an earlier build of the same input again. Steps with
 * unchanged files come from the builder's cache.
 */
export const buildPhase: NamedPhase = {
  key: "build",
  // An interrupted build starts over with its finished steps in the cache; a finished one is found by its tag.
  repeatable: true,
  async run(ctx) {
    if (ctx.kind === "rollback" || ctx.spec.source.kind === "image") return { skipped: true };
    const settings = settingsOf(DockerSettings, ctx);
    const started = performance.now();
    const engine = await openEngine(ctx.host);
    const own = ownImage(ctx, ctx.release.id);
    const kept = BuildReceipt.safeParse(ctx.receiptOf("build")).data;
    const built = kept ? await findImage(engine, own) : null;
    const receipt = kept && built ? kept : await makeImage(ctx, engine, settings, kept?.tag);
    const { tag, build } = receipt;
    const image = built ?? (await findImage(engine, own));
    if (!image) throw new Problem("build-failed", { params: { command: "docker build" }, detail: `no image ${tag}` });
    const exposedPort = exposedPortOf(image);
    ctx.setArtifact(withBuild(ctx.release.artifact, { imageId: image.Id, tag, exposedPort, ...(build && { build }) }));
    const took = performance.now() - started;
    const isEarlier = build !== undefined && build.number !== ctx.number;
    const how = isEarlier
      ? fact("built-in", { deployment: `#${build.number}`, took })
      : fact("image-built", { image: tag, size: image.Size, took });
    return { receipt, facts: [how] };
  },
  async undo(ctx) {
    if (ctx.kind !== "deploy" || ctx.spec.source.kind === "image") return;
    await removeBuild(ctx, ctx.host);
    if (settingsOf(DockerSettings, ctx).build === "local") await undoLocal(ctx);
  },
};

async function removeBuild(ctx: PhaseContext, host: Host): Promise<void> {
  const engine = await openEngine(host);
  await removeBuildContainers(engine, ctx.release.id);
  await removeBuiltImage(engine, ownImage(ctx, ctx.release.id));
  await removeLostStages(engine, ctx);
}

/** Gives the release its image, by an earlier build or a new one. The receipt is saved before anything has its names. */
async function makeImage(
  ctx: PhaseContext,
  engine: Docker,
  settings: DockerSettings,
  keptTag?: string,
): Promise<BuildReceipt> {
  const tag = keptTag ?? imageTag(ctx, ctx.release.id, new Date());
  const tree = settings.build === "local" ? await scanSource(ctx, imageUse(settings)) : null;
  const key = await (tree ? keyOfLocal(ctx, settings, tree) : keyOfRemote(ctx, engine, settings));
  const earlier = await findEarlierBuild(engine, ctx, key);
  const build = earlier?.build ?? (key === null ? undefined : { key, number: ctx.number });
  const receipt = { tag, ...(build && { build }) };
  await ctx.saveReceipt(receipt);
  if (earlier) {
    if (tree) await writeManifest(ctx, ctx.release.id, tree.entries);
    await tagEarlierBuild(engine, ctx, earlier, tag);
    ctx.log(saysUsedAgain(earlier.build));
  } else if (tree) await buildLocally(ctx, settings, { tree, tag });
  else await buildRemotely(ctx, engine, settings, tag);
  return receipt;
}

/** Of the transferred files. A member's Dockerfile is checked before any request to a registry that it names. */
async function keyOfRemote(ctx: PhaseContext, engine: Docker, settings: DockerSettings): Promise<string | null> {
  const { directory } = releaseLayout(ctx, ctx.release.id);
  if (ctx.isConfined) await checkConfinedBuild(engine, ctx, directory, settings);
  const digest = sentDigest(ctx.release.artifact);
  if (digest === null) return null;
  const text = (await ctx.host.readFile(join(directory, settings.dockerfile))).toString();
  return buildKey(engine, ctx, { digest, text, settings });
}

async function keyOfLocal(ctx: PhaseContext, settings: DockerSettings, tree: SourceTree): Promise<string | null> {
  const text = await readFile(join(tree.root, settings.dockerfile), "utf8");
  return buildKey(await openEngine(new LocalHost()), ctx, { digest: treeDigest(tree.entries), text, settings });
}

async function buildRemotely(ctx: PhaseContext, engine: Docker, settings: DockerSettings, tag: string): Promise<void> {
  const { directory } = releaseLayout(ctx, ctx.release.id);
  const network = await ensureNetwork(engine, ctx, ctx.signal);
  const { SystemTime } = (await engine.info()) as { SystemTime: string };
  const imageIds = await runBuild(ctx, ctx.host, { directory, tag, settings, network, rebuild: ctx.spec.rebuild });
  await nameStages(engine, ownImage(ctx, ctx.release.id), { imageIds, since: new Date(SystemTime) });
}

/** Cleans up on this machine and on the target: a worker that was killed had no time for it. */
async function undoLocal(ctx: PhaseContext): Promise<void> {
  await removeBuild(ctx, new LocalHost());
  await removeWorkspace(ctx.release.id);
  await removeCarried(ctx, carriedDirectory(ctx));
  await ctx.host.remove(releaseLayout(ctx, ctx.release.id).manifest);
}

/**
 * Builds with this machine's Docker, from a copy that no one changes meanwhile, and sends the image to the target's
 * Docker. If both are the same daemon, nothing is sent.
 */
async function buildLocally(
  ctx: PhaseContext,
  settings: DockerSettings,
  { tree, tag }: { tree: SourceTree; tag: string },
): Promise<void> {
  const here = new LocalHost();
  const [from, to] = await Promise.all([openEngine(here), openEngine(ctx.host)]);
  const own = ownImage(ctx, ctx.release.id);
  const isSame = (await engineId(from)) === (await engineId(to));
  await withWorkspace(ctx.release.id, async (workspace) => {
    const directory = join(workspace, "source");
    const copied = { path: directory, bytes: tree.bytes, what: "a copy of the files" };
    await checkRoomHere(ctx, [copied, ...(await imageBuildNeeds(ctx, { builder: from, kept: to }, tree.bytes))]);
    await put({ host: here, signal: ctx.signal, progress: ctx.progress }, tree, directory);
    await writeManifest(ctx, ctx.release.id, tree.entries);
    await runBuild(ctx, here, { directory, tag, settings, rebuild: ctx.spec.rebuild });
    if (isSame) return;
    try {
      await carryImage(ctx, { from, to }, own, { here: join(workspace, "image"), there: carriedDirectory(ctx) });
      await checkArrived(from, to, own);
      await to.getImage(own).tag({ repo: ctx.serviceName, tag: tag.slice(ctx.serviceName.length + 1) });
    } finally {
      await removeBuiltImage(from, own, { keepCache: true });
    }
  });
}

/** A folder on this machine for one release's build. The name is fixed, so that the folder of a killed worker is found. */
async function withWorkspace<T>(releaseId: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = join(tmpdir(), `landfall-build-${releaseId}`);
  await removeWorkspace(releaseId);
  await mkdir(folder, { mode: 0o700 });
  try {
    return await work(folder);
  } finally {
    await removeWorkspace(releaseId);
  }
}

async function removeWorkspace(releaseId: string): Promise<void> {
  await rm(join(tmpdir(), `landfall-build-${releaseId}`), { recursive: true, force: true });
}

/** Removes the containers of a release's build that a daemon left when it ended in the middle of it. */
async function removeBuildContainers(engine: Docker, releaseId: string): Promise<void> {
  const stopped = await engine.listContainers({ all: true, filters: { status: ["created", "exited", "dead"] } });
  const mark = `${buildMark(releaseId)}:`;
  for (const { Id } of stopped) {
    const found = await unless([404], engine.getContainer(Id).inspect());
    const hosts: string[] = found?.HostConfig.ExtraHosts ?? [];
    const isOurs = hosts.some((host) => host.startsWith(mark));
    if (isOurs) await unless([404, 409], engine.getContainer(Id).remove({ force: true, v: true }));
  }
}
