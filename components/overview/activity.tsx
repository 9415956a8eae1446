"use client";

import { ArrowDown, ArrowUp, Minus } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { Card } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { useQuantities } from "@/components/ui/quantities";
import { Tooltip } from "@/components/ui/tooltip";
import type { Overview, OverviewDay } from "@/lib/contracts/overview";

const LOOKS = {
  faster: { icon: ArrowDown, text: "text-succeeded" },
  slower: { icon: ArrowUp, text: "text-warning" },
  same: { icon: Minus, text: "text-faint" },
} as const;

/** A smaller difference is noise. */
const NOTICEABLE = 0.05;

/** Every second day has a label, and always the last one: more labels would not fit. */
const NAMED_EVERY = 2;

/** How often deployments succeed and how long they take, compared with the week before. */
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

/** How the median duration changed; shorter is better. */
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

export function trendOf({
  medianMs,
  earlierMedianMs,
}: Overview["duration"]): { direction: "faster" | "slower" | "same"; part: number } | null {
  if (medianMs === null || earlierMedianMs === null || earlierMedianMs === 0) return null;
  const change = medianMs / earlierMedianMs - 1;
  const part = Math.round(Math.abs(change) * 100) / 100;
  if (part < NOTICEABLE) return { direction: "same", part };
  return { direction: change < 0 ? "faster" : "slower", part };
}

/** Deployments per day; a table repeats the chart for screen readers. */
export function Activity({ days }: { days: readonly OverviewDay[] }) {
  const t = useTranslations("overview");
  const format = useFormatter();
  return (
    <Card title={t("perDay")}>
      <div aria-hidden className="h-40">
        <ActivityChart days={days} />
      </div>
      <p aria-hidden className="mt-2 flex gap-4 text-muted text-xs">
        <Legend className="bg-succeeded">{t("succeeded")}</Legend>
        <Legend className="bg-failed">{t("failedDays")}</Legend>
      </p>
      <table className="sr-only">
        <caption>{t("perDay")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("day")}</th>
            <th scope="col">{t("succeeded")}</th>
            <th scope="col">{t("failedDays")}</th>
          </tr>
        </thead>
        <tbody>
          {days.map(({ day, succeeded, failed }) => (
            <tr key={day}>
              <th scope="row">
                {format.dateTime(new Date(`${day}T12:00:00Z`), { day: "numeric", month: "long", timeZone: "UTC" })}
              </th>
              <td>{succeeded}</td>
              <td>{failed}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}

function Legend({ className, children }: { className: string; children: string }) {
  return (
    <span className="inline-flex items-center gap-1.5">
      <span className={`size-2 rounded-sm ${className}`} />
      {children}
    </span>
  );
}

/** Succeeded and failed deployments, stacked, one column a day. Time runs in reading direction. */
function ActivityChart({ days }: { days: readonly OverviewDay[] }) {
  const t = useTranslations("overview");
  const format = useFormatter();
  const most = Math.max(1, ...days.map(({ succeeded, failed }) => succeeded + failed));
  const dayName = (day: string) =>
    format.dateTime(new Date(`${day}T12:00:00Z`), { day: "numeric", month: "short", timeZone: "UTC" });
  const isNamed = (index: number) => (days.length - 1 - index) % NAMED_EVERY === 0;
  return (
    <div className="relative flex h-full items-stretch gap-1 pt-4">
      <span className="absolute start-0 top-0 text-[0.6875rem] text-faint tabular-nums leading-none">{most}</span>
      {days.map(({ day, succeeded, failed }, index) => (
        <div key={day} className="flex min-w-0 flex-1 flex-col">
          <Tooltip text={`${dayName(day)}: ${t("dayTip", { succeeded, failed })}`}>
            <svg
              aria-hidden
              className="min-h-0 w-full flex-1 border-b hover:bg-subtle"
              preserveAspectRatio="none"
              viewBox={`0 0 10 ${most}`}
            >
              <rect x="1" width="8" y={most - succeeded} height={succeeded} className="fill-succeeded" />
              <rect x="1" width="8" y={most - succeeded - failed} height={failed} className="fill-failed" />
            </svg>
          </Tooltip>
          <span className="flex h-5 justify-center overflow-visible whitespace-nowrap pt-1 text-[0.6875rem] text-faint leading-4">
            {isNamed(index) && dayName(day)}
          </span>
        </div>
      ))}
    </div>
  );
}
