import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { carryImage, checkArrived, removeCarried } from "@/lib/drivers/docker/carry-image";
import { LocalHost } from "@/lib/hosts/local-host";
import { openEngine } from "@/lib/platform/docker/engine";
import { unlessRefused } from "@/lib/platform/docker/engine-problem";
import { isServerHere } from "../is-server-here";
import type { UpdateContext, UpdatePhase } from "../update";

/** The image to the server's Docker, as a service's image travels; where that is the one that built it, nothing. */
export const sendPhase: UpdatePhase = {
  key: "send",
  title: "Send",
  repeatable: true,
  deadlineMs: 60 * 60_000,
  async run(ctx) {
    if (await isServerHere(ctx)) return { skipped: true, detail: "this machine is the server" };
    const [from, to] = await Promise.all([openEngine(new LocalHost()), ctx.installation.engine()]);
    const folder = await mkdtemp(join(tmpdir(), "landfall-image-"));
    try {
      const there = directoryOf(ctx);
      await carryImage(ctx, { from, to }, ctx.release.image, { here: join(folder, "image"), there });
      await checkArrived(from, to, ctx.release.image);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    return { detail: `to ${ctx.host.label}` };
  },
  async undo(ctx) {
    await removeCarried(ctx, directoryOf(ctx));
    const image = (await ctx.installation.engine()).getImage(ctx.release.image);
    await unlessRefused(image.remove({ abortSignal: ctx.signal }));
  },
};

/** The same for the same release, so that a second attempt goes on where the first was cut. */
function directoryOf({ installation, release }: UpdateContext): string {
  return join(installation.layout.carried, release.timestamp);
}
