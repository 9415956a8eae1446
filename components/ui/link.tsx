// biome-ignore lint/style/noRestrictedImports: the one place
import NextLink from "next/link";
import type { ComponentProps } from "react";

/**
 * Next's link without its prefetching. Every page here is made per request, and for such a page the router asks twice for
 * each link in sight (for the tree of its segments, then for them up to their skeleton): 26 requests for a side bar of
 * thirteen. A click asks once.
 */
export function Link(props: ComponentProps<typeof NextLink>) {
  return <NextLink prefetch={false} {...props} />;
}
