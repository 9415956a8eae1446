import { ArrowDown, ArrowUp, Minus } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { cn } from "@/components/ui/cn";
import { useQuantities } from "@/components/ui/use-quantities";
import type { Overview } from "@/lib/contracts/overview";
import { trendOf } from "./trend-of";

/** How it has been: how often it succeeds and how long it takes, against the week before. */
export function Figures({ view: { successRate, duration, days } }: { view: Overview }) {
  const t = useTranslations("overview");
  const quantities = useQuantities();
  const format = useFormatter();
  const ended = days.reduce((sum, { succeeded, failed }) => sum + succeeded + failed, 0);
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-lg border bg-line">
      <Figure label={t("successRate")} note={t("successNote", { count: ended })}>
        {successRate === null ? "–" : format.number(successRate, "percent")}
      </Figure>
      <Figure label={t("medianDuration")} note={<Trend duration={duration} />}>
        {duration.medianMs === null ? "–" : quantities.duration(duration.medianMs)}
      </Figure>
    </dl>
  );
}

function Figure({ label, note, children }: { label: string; note: ReactNode; children: ReactNode }) {
  return (
    <div className="min-w-0 bg-surface px-4 py-3">
      <dt className="text-faint text-xs">{label}</dt>
      <dd>
        <span dir="ltr" className="mt-1 inline-block font-semibold text-xl tabular-nums tracking-tight">
          {children}
        </span>
        <span className="block text-muted text-sm">{note}</span>
      </dd>
    </div>
  );
}

const LOOKS = {
  faster: { icon: ArrowDown, text: "text-succeeded" },
  slower: { icon: ArrowUp, text: "text-warning" },
  same: { icon: Minus, text: "text-faint" },
} as const;

/** Shorter is better; a change nobody would notice is none. */
function Trend({ duration }: { duration: Overview["duration"] }) {
  const t = useTranslations("overview");
  const format = useFormatter();
  const trend = trendOf(duration);
  if (trend === null) return t("noTrend");
  const { icon: Icon, text } = LOOKS[trend.direction];
  return (
    <span className="inline-flex items-center gap-1">
      <Icon aria-hidden className={cn("size-3.5 shrink-0", text)} />
      {t(trend.direction, { part: format.number(trend.part, "percent") })}
    </span>
  );
}
