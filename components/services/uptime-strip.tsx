"use client";

import { useQuery } from "@tanstack/react-query";
import { useFormatter, useTranslations } from "next-intl";
import { cn } from "@/components/ui/cn";
import { ErrorPanel } from "@/components/ui/error-panel";
import { ltr, useQuantities } from "@/components/ui/quantities";
import { Skeleton } from "@/components/ui/skeleton";
import { TimeAgo } from "@/components/ui/time";
import { Tooltip } from "@/components/ui/tooltip";
import type { ServiceUptime, UptimeDay, WatchState } from "@/lib/contracts/uptime";
import { serviceQueries } from "./queries";

const TEXTS: Record<WatchState, string> = {
  healthy: "text-succeeded",
  unhealthy: "text-failed",
  unknown: "text-muted",
};

/** Whether the live release answers, and thirty days of it. */
export function Uptime({ name }: { name: string }) {
  const { data, error, refetch } = useQuery(serviceQueries.uptime(name));
  if (!data) return error ? <ErrorPanel error={error} retry={refetch} /> : <Skeleton className="h-20" />;
  return (
    <>
      <Now uptime={data} />
      <Strip uptime={data} />
    </>
  );
}

function Now({ uptime: { state, since, answer, everyMs } }: { uptime: ServiceUptime }) {
  const t = useTranslations("service.uptime");
  const quantities = useQuantities();
  const word = <span className={cn("font-medium", TEXTS[state])}>{t(`states.${state}`)}</span>;
  return (
    <p className="flex flex-wrap items-baseline gap-x-2" aria-live="polite">
      {word}
      <TimeAgo at={since} className="whitespace-nowrap text-faint text-sm" />
      {answer && (
        <span className={cn("figures text-[0.92em]", answer.ok ? "text-muted" : "text-warning")}>
          {answer.status ?? answer.error} · {Math.round(answer.durationMs)} ms
        </span>
      )}
      <span className="text-faint text-sm">{t("every", { time: ltr(quantities.duration(everyMs)) })}</span>
    </p>
  );
}

function Strip({ uptime: { days, share, knownSince } }: { uptime: ServiceUptime }) {
  const t = useTranslations("service.uptime");
  const format = useFormatter();
  const percentage = share === null ? null : ltr(format.number(floored(share), "percent"));
  const isWhole = knownSince?.slice(0, 10) === days[0]?.day;
  return (
    <div className="mt-3">
      <ol aria-label={t("strip")} className="flex h-6 gap-px sm:gap-0.5">
        {days.map((day) => (
          <Day key={day.day} day={day} />
        ))}
      </ol>
      <p className="mt-1.5 text-muted text-sm">
        {percentage === null || knownSince === null
          ? t("none")
          : isWhole
            ? t("share", { share: percentage })
            : t.rich("shareSince", { share: percentage, since: () => <TimeAgo at={knownSince} /> })}
      </p>
    </div>
  );
}

function Day({ day: { day, healthyMs, unhealthyMs } }: { day: UptimeDay }) {
  const t = useTranslations("service.uptime");
  const format = useFormatter();
  const known = healthyMs + unhealthyMs;
  const share = known === 0 ? null : healthyMs / known;
  const date = format.dateTime(new Date(`${day}T12:00:00Z`), { day: "numeric", month: "long", timeZone: "UTC" });
  const text =
    share === null
      ? t("unknownDay", { day: date })
      : t("day", { day: date, share: ltr(format.number(floored(share), "percent")) });
  return (
    <li className="min-w-0 flex-1">
      <Tooltip text={text}>
        <span className={cn("block h-6 rounded-xs", colorOf(share))}>
          <span className="sr-only">{text}</span>
        </span>
      </Tooltip>
    </li>
  );
}

/** A day with less than this was bad, not only a day with an interruption. */
const MOST_OF_DAY = 0.99;

function colorOf(share: number | null): string {
  if (share === null) return "bg-line";
  if (share === 1) return "bg-succeeded";
  return share >= MOST_OF_DAY ? "bg-warning" : "bg-failed";
}

/** A tenth of a percent, rounded down: an interruption is never shown as 100 %. */
function floored(share: number): number {
  return Math.floor(share * 1_000) / 1_000;
}
