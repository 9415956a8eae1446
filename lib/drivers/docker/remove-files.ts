import { fact, verbatim } from "@/lib/contracts/fact";
import { openEngine } from "@/lib/platform/docker/engine";
import type { NamedPhase } from "../driver";
import { serviceDirectory } from "../release-layout";
import { findArtifact, isPulled } from "./artifact";
import { removeUnusedNetwork } from "./ensure-network";
import { listBuiltImages, removeBuiltImage, removeImage } from "./image";
import { serviceLabels, withLabels } from "./names";

/** What people stored in volumes is kept: nobody could bring it back. */
export const removeFilesPhase: NamedPhase = {
  key: "remove-files",
  repeatable: true,
  async run(ctx) {
    const engine = await openEngine(ctx.host);
    for (const { own } of await listBuiltImages(engine, ctx)) await removeBuiltImage(engine, own);
    for (const { artifact } of ctx.artifacts) {
      const image = findArtifact(artifact);
      if (isPulled(image)) await removeImage(engine, image.pinned);
    }
    await removeUnusedNetwork(engine, ctx);
    const directory = serviceDirectory(ctx);
    await ctx.host.remove(directory);
    const { Volumes } = await engine.listVolumes({ filters: withLabels(serviceLabels(ctx)) });
    const names = Volumes.map(({ Name }) => Name).join(", ");
    return { facts: [verbatim(directory), ...(names === "" ? [] : [fact("volumes-kept", { names })])] };
  },
};
