import { ArrowUpRight } from "lucide-react";
// biome-ignore lint/style/noRestrictedImports: the one place
import NextLink from "next/link";
import type { ComponentProps } from "react";
import { cn } from "./cn";

/**
 * Next's link without its prefetching. Every page here is made per request, and for such a page the router asks twice for
 * each link in sight (for the tree of its segments, then for them up to their skeleton): 26 requests for a side bar of
 * thirteen. A click asks once.
 */
export function Link(props: ComponentProps<typeof NextLink>) {
  return <NextLink prefetch={false} {...props} />;
}

/** An address that opens in its own tab; addresses stay left to right. */
export function ExternalLink({ href, className }: { href: string; className?: string }) {
  return (
    <a
      href={href}
      target="_blank"
      rel="noreferrer"
      dir="ltr"
      className={cn(
        "inline-flex min-w-0 items-center gap-1 text-accent-text underline-offset-4 hover:underline",
        className,
      )}
    >
      <span className="truncate">{href.replace(/^https?:\/\//, "")}</span>
      <ArrowUpRight aria-hidden className="size-3.5 shrink-0" />
    </a>
  );
}
