// biome-ignore lint/style/noRestrictedImports: the one place
import NextLink from "next/link";
import type { ComponentProps } from "react";

/**
 * Next's link without prefetching. Every page here is rendered per request, and for such a page the router sends two
 * requests per visible link (for the tree of its segments, then for the segments up to their skeleton): 26 requests for
 * a side bar of thirteen. A click sends one.
 */
export function Link(props: ComponentProps<typeof NextLink>) {
  return <NextLink prefetch={false} {...props} />;
}
