"use client";

import { useFormatter } from "next-intl";
import { Tooltip } from "./tooltip";
import { useClock } from "./use-clock";

const TICK_MS = 10_000;

/** Relative, live, and exact on hover. */
export function TimeAgo({ at, className }: { at: string | null; className?: string }) {
  const format = useFormatter();
  const now = useClock(TICK_MS);
  if (at === null) return null;
  const date = new Date(Math.min(Date.parse(at), now));
  return (
    <Tooltip text={format.dateTime(new Date(at), "exact")}>
      <time dateTime={at} className={className ?? "whitespace-nowrap"}>
        {format.relativeTime(date, { now, style: "narrow" })}
      </time>
    </Tooltip>
  );
}

/** A moment of today, or the day with it, exact on hover. */
export function ClockTime({ at, className }: { at: string; className?: string }) {
  const format = useFormatter();
  const isToday = format.dateTime(new Date(at), "day") === format.dateTime(useClock(TICK_MS), "day");
  return (
    <Tooltip text={format.dateTime(new Date(at), "exact")}>
      <time dateTime={at} className={className ?? "tabular-nums whitespace-nowrap"}>
        {format.dateTime(new Date(at), isToday ? "time" : "moment")}
      </time>
    </Tooltip>
  );
}

/** A day and a moment of it, exact on hover: for a trail, where "2 days ago" says too little. */
export function ClockMoment({ at, className }: { at: string; className?: string }) {
  const format = useFormatter();
  return (
    <Tooltip text={format.dateTime(new Date(at), "exact")}>
      <time dateTime={at} className={className ?? "whitespace-nowrap tabular-nums"}>
        {format.dateTime(new Date(at), "moment")}
      </time>
    </Tooltip>
  );
}
