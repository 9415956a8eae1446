import { openEngine } from "@/lib/platform/docker/engine";
import type { NamedPhase, PhaseContext } from "../driver";
import { transferPhase } from "../phases/transfer";
import { isInUse } from "../running/state";
import { settingsOf } from "../settings-of";
import { imageBuildNeeds } from "./image-room";
import { pullImage, undoPull } from "./pull";
import { dockerRunner } from "./runner";
import { DockerSettings, imageUse } from "./settings";

const files = transferPhase({
  isInUse: (ctx) => isInUse(dockerRunner, ctx, ctx.release.id),
  use: (ctx) => imageUse(settingsOf(DockerSettings, ctx)),
  async buildNeeds(ctx, { bytes }) {
    const engine = await openEngine(ctx.host);
    return imageBuildNeeds(ctx, { builder: engine, kept: engine }, bytes);
  },
});

/** Files for a build on the target; an image from its registry; nothing where Build brings the image along. */
export const dockerTransferPhase: NamedPhase = {
  ...files,
  async run(ctx) {
    if (ctx.kind === "rollback") return files.run(ctx);
    if (ctx.spec.source.kind === "image") return pullImage(ctx);
    return isBuiltHere(ctx) ? { skipped: true } : files.run(ctx);
  },
  async undo(ctx, receipt) {
    await files.undo?.(ctx, receipt);
    if (ctx.kind === "deploy") await undoPull(ctx, receipt);
  },
};

function isBuiltHere(ctx: PhaseContext): boolean {
  return settingsOf(DockerSettings, ctx).build === "local";
}
