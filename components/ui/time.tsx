"use client";

import { useFormatter, useNow } from "next-intl";
import { useSyncExternalStore } from "react";
import { Tooltip } from "./tooltip";

const TICK_MS = 10_000;

/** The elapsed time, kept up to date, with the exact time on hover. */
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

/** The time of day, with the date unless it is today, exact on hover. */
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

/** Date and time, exact on hover: for an audit trail, where "2 days ago" says too little. */
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

/**
 * The current time in epoch milliseconds, updated every `everyMs` while `active`. The first rendering of a document uses
 * the server's time, so that it hydrates without a difference.
 */
export function useClock(everyMs: number, active = true): number {
  const rendered = useNow().getTime();
  const clock = clockOf(everyMs);
  return (
    useSyncExternalStore(active ? clock.subscribe : never, active ? clock.read : readNothing, readNothing) ?? rendered
  );
}

const clocks = new Map<number, ReturnType<typeof makeClock>>();

/** One interval for all clocks on the page with the same rate, so that they tick together. */
function makeClock(everyMs: number) {
  const listeners = new Set<() => void>();
  let now = Date.now();
  let timer: ReturnType<typeof setInterval> | undefined;
  const tick = () => {
    now = Date.now();
    for (const listener of listeners) listener();
  };
  return {
    read: () => now,
    subscribe(listener: () => void) {
      listeners.add(listener);
      if (listeners.size === 1) timer = setInterval(tick, everyMs);
      now = Date.now();
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) clearInterval(timer);
      };
    },
  };
}

function clockOf(everyMs: number) {
  const known = clocks.get(everyMs);
  if (known) return known;
  const clock = makeClock(everyMs);
  clocks.set(everyMs, clock);
  return clock;
}

const never = () => () => {};

function readNothing(): null {
  return null;
}
