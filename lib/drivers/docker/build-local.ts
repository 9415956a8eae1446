import { join } from "node:path";
import { LocalHost } from "@/lib/hosts/local-host";
import { engineId, openEngine } from "@/lib/platform/docker/engine";
import type { PhaseContext } from "../driver";
import { writeManifest } from "../manifest";
import { checkRoomHere } from "../phases/room";
import { put, scanSource } from "../phases/transfer";
import { withWorkspace } from "./build-workspace";
import { carriedDirectory, carryImage, checkArrived } from "./carry-image";
import { removeBuiltImage } from "./image";
import { imageBuildNeeds } from "./image-room";
import { ownImage } from "./names";
import { runBuild } from "./run-build";
import { type DockerSettings, imageUse } from "./settings";

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
    const tree = await scanSource(ctx, imageUse(settings));
    const copied = { path: directory, bytes: tree.bytes, what: "a copy of the files" };
    await checkRoomHere(ctx, [copied, ...(await imageBuildNeeds(ctx, { builder: from, kept: to }, tree.bytes))]);
    await put({ host: here, signal: ctx.signal, progress: ctx.progress }, tree, directory);
    await writeManifest(ctx, ctx.release.id, tree.entries);
    await runBuild(ctx, here, { directory, tag, settings });
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
