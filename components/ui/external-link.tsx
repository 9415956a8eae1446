import { ArrowUpRight } from "lucide-react";
import { cn } from "./cn";

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
