"use client";

import { CircleCheck, CircleHelp, CircleSlash, CircleX, type LucideIcon, ShieldQuestion } from "lucide-react";
import { useTranslations } from "next-intl";
import { cn } from "@/components/ui/cn";
import type { TargetView } from "@/lib/contracts/target";

type Reach = "reachable" | "unreachable" | "unconfirmed" | "unchecked" | "disabled";
const REACHES: Record<Reach, { icon: LucideIcon; text: string }> = {
  reachable: { icon: CircleCheck, text: "text-succeeded" },
  unreachable: { icon: CircleX, text: "text-failed" },
  unconfirmed: { icon: ShieldQuestion, text: "text-warning" },
  unchecked: { icon: CircleHelp, text: "text-faint" },
  disabled: { icon: CircleSlash, text: "text-faint" },
};

/** The result of the last check, unless the target is disabled. `unconfirmed`: a person has to confirm its host key. */
export function reachOfTarget({ disabledAt, lastCheck }: Pick<TargetView, "disabledAt" | "lastCheck">): Reach {
  if (disabledAt !== null) return "disabled";
  if (lastCheck === null) return "unchecked";
  if (lastCheck.problem?.code === "host-key-unconfirmed") return "unconfirmed";
  return lastCheck.ok ? "reachable" : "unreachable";
}

export function TargetReach({
  target,
  className,
}: {
  target: Pick<TargetView, "disabledAt" | "lastCheck">;
  className?: string;
}) {
  const t = useTranslations("targets");
  const reach = reachOfTarget(target);
  const { icon: Icon, text } = REACHES[reach];
  return (
    <span
      className={cn(
        "inline-flex items-center gap-1.5 whitespace-nowrap align-middle font-medium text-sm",
        text,
        className,
      )}
    >
      <Icon aria-hidden className="size-4 shrink-0" />
      {t(reach)}
    </span>
  );
}
