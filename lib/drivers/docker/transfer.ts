import type { NamedPhase, PhaseContext } from "../driver";
import { transferPhase } from "../phases/transfer";
import { isInUse } from "../running/state";
import { settingsOf } from "../settings-of";
import { openEngine } from "./engine";
import { pullImage, undoPull } from "./pull";
import { dockerRunner } from "./runner";
import { DockerSettings, imageUse } from "./settings";

const files = transferPhase({
  isInUse: (ctx) => isInUse(dockerRunner, ctx, ctx.release.id),
  use: (ctx) => imageUse(settingsOf(DockerSettings, ctx)),
  async buildNeeds({ host }, { bytes }) {
    const { DockerRootDir: path } = (await (await openEngine(host)).info()) as { DockerRootDir: string };
    // The builder has a copy of what it is given, and the image another one; what its steps add is not known before.
    return [{ path, bytes: 2 * bytes, what: "the image" }];
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
