"use client";

import { useTranslations } from "next-intl";
import { cn } from "@/components/ui/cn";
import { useClock } from "@/components/ui/use-clock";
import type { RunningDeployment } from "@/lib/contracts/overview";
import { type ProgressPart, progressParts } from "./progress-parts";

interface Props {
  phases: RunningDeployment["phases"];
  state: RunningDeployment["state"];
  className?: string;
}

const GAP = 0.004;

/** Its phases in a row, as wide as they usually take; drawn as SVG, which needs no style attribute and mirrors. */
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

function colourOf({ status }: ProgressPart, state: Props["state"]): string {
  if (status === "failed") return "fill-failed";
  if (state === "undoing") return status === "undone" ? "fill-failed/35" : "fill-warning";
  return status === "running" ? "fill-running" : "fill-running/45";
}

function percent(part: number): string {
  return `${(Math.max(0, part) * 100).toFixed(2)}%`;
}
