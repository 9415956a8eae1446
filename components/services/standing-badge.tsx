"use client";

import { CircleCheck, CircleDashed, CircleX, LoaderCircle, type LucideIcon, OctagonX } from "lucide-react";
import { useTranslations } from "next-intl";
import { cn } from "@/components/ui/cn";
import type { Standing } from "@/lib/contracts/overview";

export const STANDING_LOOKS: Record<Standing, { icon: LucideIcon; text: string }> = {
  down: { icon: OctagonX, text: "text-failed" },
  serving: { icon: CircleCheck, text: "text-succeeded" },
  failed: { icon: CircleX, text: "text-failed" },
  changing: { icon: LoaderCircle, text: "text-running" },
  idle: { icon: CircleDashed, text: "text-faint" },
};

export function StandingBadge({ standing, className }: { standing: Standing; className?: string }) {
  const t = useTranslations("services.standings");
  const { icon: Icon, text } = STANDING_LOOKS[standing];
  return (
    <span
      className={cn(
        "inline-flex items-center gap-1.5 whitespace-nowrap align-middle font-medium text-sm",
        text,
        className,
      )}
    >
      <Icon aria-hidden className={cn("size-4 shrink-0", standing === "changing" && "breathe")} />
      {t(standing)}
    </span>
  );
}
