import { join, normalize } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import type { ReleaseContext } from "../driver";
import { releaseLayout } from "../release-layout";
import type { ReadSource } from "./detect";

/** The files of a release that is on the host. Rejects with `release-gone` when it is not. */
export function releaseSource(ctx: ReleaseContext): ReadSource {
  const { directory } = releaseLayout(ctx, ctx.release.id);
  let names: Promise<ReadonlySet<string>> | null = null;
  return async (name) => {
    // Most of what is asked for is not there, and a host may be far away.
    names ??= namesIn(ctx, directory);
    if (!(await names).has(normalize(name).split("/")[0] ?? "")) return null;
    const path = join(directory, name);
    const found = await ctx.host.stat(path);
    return found?.kind === "file" || found?.kind === "symlink"
      ? (await ctx.host.readFile(path)).toString("utf8")
      : null;
  };
}

async function namesIn({ host, release }: ReleaseContext, directory: string): Promise<ReadonlySet<string>> {
  if ((await host.stat(directory)) === null) throw new Problem("release-gone", { params: { releaseId: release.id } });
  return new Set(await host.list(directory));
}
