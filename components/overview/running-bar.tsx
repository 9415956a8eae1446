"use client";

import { useTranslations } from "next-intl";
import { cn } from "@/components/ui/cn";
import { useClock } from "@/components/ui/time";
import type { RunningDeployment } from "@/lib/contracts/overview";

const GAP = 0.004;

/** The assumed duration of a phase that was never measured, so that its part is visible. */
const UNKNOWN_MS = 1_000;
/** A phase that takes longer than usual fills its part almost completely: it is not shown as finished before it is. */
const MOST = 0.96;

interface Props {
  phases: RunningDeployment["phases"];
  state: RunningDeployment["state"];
  className?: string;
}

type Phase = RunningDeployment["phases"][number];

/** The phases in a row, each as wide as its usual duration; drawn as SVG: no style attribute, and it mirrors. */
export function RunningBar({ phases, state, className }: Props) {
  const t = useTranslations();
  const running = phases.find(({ status }) => status === "running");
  const now = useClock(250, running !== undefined);
  const begunAt = running?.startedAt ? Date.parse(running.startedAt) : 0;
  const parts = progressParts(phases, now ?? begunAt);
  const done = phases.filter(({ status }) => status === "succeeded" || status === "skipped").length;
  return (
    <svg
      role="img"
      aria-label={t("deployment.phasesDone", { done, total: phases.length })}
      className={cn("h-2 w-full rtl:-scale-x-100", className)}
      preserveAspectRatio="none"
    >
      {parts.map((part) => (
        <g key={part.key}>
          <rect
            x={percent(part.start)}
            width={percent(part.width - GAP)}
            height="100%"
            rx="2"
            className="fill-subtle"
          />
          <rect
            x={percent(part.start)}
            width={percent((part.width - GAP) * part.filled)}
            height="100%"
            rx="2"
            className={colourOf(part, state)}
          />
        </g>
      ))}
    </svg>
  );
}

interface ProgressPart {
  key: Phase["key"];
  status: Phase["status"];
  /** A fraction of the whole bar. */
  start: number;
  width: number;
  /** A fraction of this part. */
  filled: number;
}

/** One part per phase, as wide as its usual duration, filled by its progress. Skipped phases have no width. */
export function progressParts(phases: readonly Phase[], nowMs: number): ProgressPart[] {
  const shown = phases.filter(({ status }) => status !== "skipped");
  const expected = shown.map((phase) => Math.max(phase.durationMs ?? phase.usualMs ?? UNKNOWN_MS, 1));
  const total = expected.reduce((sum, ms) => sum + ms, 0);
  return shown.map((phase, index) => {
    const before = expected.slice(0, index).reduce((sum, ms) => sum + ms, 0);
    const width = (expected[index] ?? 0) / total;
    return { key: phase.key, status: phase.status, start: before / total, width, filled: filledPart(phase, nowMs) };
  });
}

function filledPart(phase: Phase, nowMs: number): number {
  if (phase.status === "pending") return 0;
  if (phase.status !== "running" || phase.startedAt === null) return 1;
  const elapsedMs = Math.max(0, nowMs - Date.parse(phase.startedAt));
  const usualMs = phase.usualMs ?? UNKNOWN_MS * 10;
  return Math.min(MOST, elapsedMs / Math.max(1, usualMs));
}

function colourOf({ status }: ProgressPart, state: Props["state"]): string {
  if (status === "failed") return "fill-failed";
  if (state === "undoing") return status === "undone" ? "fill-failed/35" : "fill-warning";
  return status === "running" ? "fill-running" : "fill-running/45";
}

function percent(part: number): string {
  return `${(Math.max(0, part) * 100).toFixed(2)}%`;
}
