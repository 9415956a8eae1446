"use client";

import { cn } from "./cn";
import { useQuantities } from "./quantities";
import { useClock } from "./time";

export function Duration({ ms, className }: { ms: number | null; className?: string }) {
  const quantities = useQuantities();
  if (ms === null) return null;
  return (
    <span className={cn("figures whitespace-nowrap text-[0.92em] [word-spacing:-0.3em]", className)}>
      {quantities.duration(ms)}
    </span>
  );
}

/** Counts since a moment, while something runs. */
export function RunningClock({ since, className }: { since: string; className?: string }) {
  const now = useClock(100);
  return <Duration ms={now - Date.parse(since)} className={className} />;
}
