import { join } from "node:path";
import type Docker from "dockerode";
import type { ImageInspectInfo } from "dockerode";
import { Problem } from "@/lib/contracts/problem";
import { LocalHost } from "@/lib/hosts/local-host";
import { scanTree } from "@/lib/hosts/scan-tree";
import type { PhaseContext } from "../driver";
import { writeManifest } from "../manifest";
import { resolveSource } from "../phases/validate-source";
import { withWorkspace } from "./build-workspace";
import { carryImage } from "./carry-image";
import { openEngine } from "./engine";
import { findImage, removeBuiltImage } from "./image";
import { ownImage } from "./names";
import { runBuild } from "./run-build";
import type { DockerSettings } from "./settings";

/**
 * Builds with this machine's Docker, from a copy that nobody changes meanwhile, and carries the image to the target's.
 * Where both are the same engine there is nothing to carry.
 */
export async function buildLocally(ctx: PhaseContext, settings: DockerSettings, tag: string): Promise<void> {
  const here = new LocalHost();
  const [from, to] = await Promise.all([openEngine(here), openEngine(ctx.host)]);
  const own = ownImage(ctx, ctx.release.id);
  const isSame = (await engineId(from)) === (await engineId(to));
  await withWorkspace(ctx.release.id, async (workspace) => {
    const directory = join(workspace, "source");
    const tree = await scanTree(await resolveSource(ctx), ctx.signal);
    await here.putTree(tree, directory, { signal: ctx.signal });
    await writeManifest(ctx, ctx.release.id, tree.entries);
    await runBuild(ctx, here, { directory, tag, settings });
    if (isSame) return;
    try {
      await carryImage(ctx, from, own, join(workspace, "image"));
      await checkArrived(from, to, own);
      await to.getImage(own).tag({ repo: ctx.serviceName, tag: tag.slice(ctx.serviceName.length + 1) });
    } finally {
      await removeBuiltImage(from, own, { keepCache: true });
    }
  });
}

async function engineId(engine: Docker): Promise<string> {
  return ((await engine.info()) as { ID: string }).ID;
}

/** The id is a digest of everything in it. An engine that keeps images in another way has ids of its own for the same layers. */
async function checkArrived(from: Docker, to: Docker, name: string): Promise<void> {
  const [sent, arrived] = await Promise.all([findImage(from, name), findImage(to, name)]);
  if (sent && arrived && (sent.Id === arrived.Id || haveSameLayers(sent, arrived))) return;
  const detail = `${name} was ${sent?.Id ?? "nothing"} here and is ${arrived?.Id ?? "nothing"} there`;
  throw new Problem("transfer-failed", { detail });
}

function haveSameLayers(a: ImageInspectInfo, b: ImageInspectInfo): boolean {
  return JSON.stringify(a.RootFS.Layers) === JSON.stringify(b.RootFS.Layers);
}
