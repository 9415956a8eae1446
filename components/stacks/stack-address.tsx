import { useTranslations } from "next-intl";
import { cn } from "@/components/ui/cn";
import { CopyButton } from "@/components/ui/copy-button";
import { ExternalLink } from "@/components/ui/external-link";
import type { StackSummary } from "@/lib/contracts/stack";

/** A link once something answers there; before, only what it will be. */
export function StackAddress({
  stack: { url, currentRelease, state },
  className,
}: {
  stack: Pick<StackSummary, "url" | "currentRelease" | "state">;
  className?: string;
}) {
  const t = useTranslations("stacks");
  if (currentRelease === null || state === "removing") {
    return (
      <span dir="ltr" className={cn("block truncate text-faint rtl:text-end", className)}>
        {url.replace(/^https?:\/\//, "")}
      </span>
    );
  }
  return (
    <span className={cn("flex min-w-0 items-center gap-0.5", className)}>
      <ExternalLink href={url} />
      <CopyButton text={url} label={t("copyAddress")} className="-my-1" />
    </span>
  );
}
