import { ArrowUpRight } from "lucide-react";
import type { ReactNode } from "react";
import { cn } from "./cn";

/** Opens in its own tab. Its text is the address, which stays left to right, unless there are words for it. */
export function ExternalLink({
  href,
  className,
  children,
}: {
  href: string;
  className?: string;
  children?: ReactNode;
}) {
  return (
    <a
      href={href}
      target="_blank"
      rel="noreferrer"
      dir={children ? undefined : "ltr"}
      className={cn(
        "inline-flex min-w-0 items-center gap-1 text-accent-text underline-offset-4 hover:underline",
        className,
      )}
    >
      <span className="truncate">{children ?? href.replace(/^https?:\/\//, "")}</span>
      <ArrowUpRight aria-hidden className="size-3.5 shrink-0 rtl:-scale-x-100" />
    </a>
  );
}
