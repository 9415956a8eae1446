import * as z from "zod";
import { fact } from "@/lib/contracts/fact";
import { Problem } from "@/lib/contracts/problem";
import type { Host } from "@/lib/hosts/host";
import { LocalHost } from "@/lib/hosts/local-host";
import { openEngine } from "@/lib/platform/docker/engine";
import type { Json, NamedPhase, PhaseContext } from "../driver";
import { releaseLayout } from "../release-layout";
import { settingsOf } from "../settings-of";
import { buildLocally } from "./build-local";
import { removeWorkspace } from "./build-workspace";
import { carriedDirectory, removeCarried } from "./carry-image";
import { checkConfinedBuild } from "./confined-build";
import { ensureNetwork } from "./ensure-network";
import { exposedPortOf, findImage, nameStages, removeBuiltImage, removeLostStages } from "./image";
import { imageTag, ownImage } from "./names";
import { removeBuildContainers } from "./remove-build-containers";
import { runBuild } from "./run-build";
import { DockerSettings } from "./settings";

const BuildReceipt = z.object({ tag: z.string() });

/** An image for the release, from the files that were sent. Steps whose files have not changed come from the builder's cache. */
export const buildPhase: NamedPhase = {
  key: "build",
  // A build that was interrupted begins anew, with its finished steps in the cache; one that had ended is found by its tag.
  repeatable: true,
  async run(ctx) {
    if (ctx.kind === "rollback" || ctx.spec.source.kind === "image") return { skipped: true };
    const settings = settingsOf(DockerSettings, ctx);
    const started = performance.now();
    const engine = await openEngine(ctx.host);
    const own = ownImage(ctx, ctx.release.id);
    const kept = BuildReceipt.safeParse(ctx.receiptOf("build")).data;
    const receipt = kept ?? { tag: imageTag(ctx, ctx.release.id, new Date()) };
    const built = kept ? await findImage(engine, own) : null;
    if (!built) {
      await ctx.saveReceipt(receipt);
      await build(ctx, settings, receipt.tag);
    }
    const image = built ?? (await findImage(engine, own));
    if (!image)
      throw new Problem("build-failed", { params: { command: "docker build" }, detail: `no image ${receipt.tag}` });
    ctx.setArtifact({
      ...filesOf(ctx.release.artifact),
      imageId: image.Id,
      tag: receipt.tag,
      exposedPort: exposedPortOf(image),
    });
    const params = { image: receipt.tag, size: image.Size, took: performance.now() - started };
    return { receipt, facts: [fact("image-built", params)] };
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

async function build(ctx: PhaseContext, settings: DockerSettings, tag: string): Promise<void> {
  if (settings.build === "local") return buildLocally(ctx, settings, tag);
  const { directory } = releaseLayout(ctx, ctx.release.id);
  const engine = await openEngine(ctx.host);
  if (ctx.isConfined) await checkConfinedBuild(engine, ctx, directory, settings);
  const network = await ensureNetwork(engine, ctx, ctx.signal);
  const { SystemTime } = (await engine.info()) as { SystemTime: string };
  const imageIds = await runBuild(ctx, ctx.host, { directory, tag, settings, network });
  await nameStages(engine, ownImage(ctx, ctx.release.id), { imageIds, since: new Date(SystemTime) });
}

/** On both sides: a worker that was killed had no time to tidy up. */
async function undoLocal(ctx: PhaseContext): Promise<void> {
  await removeBuild(ctx, new LocalHost());
  await removeWorkspace(ctx.release.id);
  await removeCarried(ctx, carriedDirectory(ctx));
  await ctx.host.remove(releaseLayout(ctx, ctx.release.id).manifest);
}

/** What Transfer kept of the files. */
function filesOf(artifact: Json): { [name: string]: Json } {
  return typeof artifact === "object" && artifact !== null && !Array.isArray(artifact) ? artifact : {};
}
