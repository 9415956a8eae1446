import { isBound } from "@/lib/contracts/grants";
import { parseImageReference } from "@/lib/contracts/image-reference";
import type { SourceProvider } from "../source";

/** An image that the target pulls. The pull pins its digest, so there is no revision before it. */
export const imageSource: SourceProvider<"image"> = {
  /** A member's image may come from a registry on the target itself only where its stored credentials are granted. */
  async check({ image }, context) {
    const host = parseImageReference(image)?.host;
    if (!isBound(context) || host === undefined || context.target?.grants.registries.includes(host)) return [];
    const leadsInward = await context.leadsInward(host);
    return leadsInward ? [{ setting: "image", code: "registry-leads-inward", params: { host } }] : [];
  },

  describe: ({ image }) => ({ code: "image", params: { image } }),
};
