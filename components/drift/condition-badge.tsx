import { CircleAlert, CircleCheck, CircleHelp, LoaderCircle, type LucideIcon, OctagonX } from "lucide-react";
import { useTranslations } from "next-intl";
import { cn } from "@/components/ui/cn";
import type { Condition } from "@/lib/contracts/drift";

const LOOKS: Record<Condition, { icon: LucideIcon; text: string }> = {
  good: { icon: CircleCheck, text: "text-succeeded" },
  drifted: { icon: CircleAlert, text: "text-warning" },
  unsteady: { icon: LoaderCircle, text: "text-warning" },
  down: { icon: OctagonX, text: "text-failed" },
  unknown: { icon: CircleHelp, text: "text-faint" },
};

export function ConditionBadge({ condition }: { condition: Condition }) {
  const t = useTranslations("drift.conditions");
  const { icon: Icon, text } = LOOKS[condition];
  return (
    <span className={cn("inline-flex items-center gap-1.5 whitespace-nowrap font-medium text-sm", text)}>
      <Icon aria-hidden className={cn("size-4 shrink-0", condition === "unsteady" && "breathe")} />
      {t(condition)}
    </span>
  );
}
