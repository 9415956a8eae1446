import { join } from "node:path";
import type { PhaseContext } from "../driver";
import { releaseLayout } from "../release-layout";
import type { ReadSource } from "./detect";

/** The files of a release that is on the host. */
export function releaseSource(ctx: PhaseContext): ReadSource {
  const { directory } = releaseLayout(ctx, ctx.release.id);
  return async (name) => {
    const path = join(directory, name);
    const found = await ctx.host.stat(path);
    return found?.kind === "file" || found?.kind === "symlink"
      ? (await ctx.host.readFile(path)).toString("utf8")
      : null;
  };
}
