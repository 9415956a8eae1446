"use client";

import { ChevronDown } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Card } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { Duration, RunningClock } from "@/components/ui/duration";
import { useClock } from "@/components/ui/time";
import type { DeploymentView } from "@/lib/contracts/deployment";
import type { PhaseKey } from "@/lib/contracts/phase";
import { PhaseRow, phaseStyle } from "./phase-row";
import { timeAxis } from "./time-axis";

interface Props {
  view: DeploymentView;
  /** The phase whose log is shown. */
  selected: PhaseKey | undefined;
  onSelect: (phase: PhaseKey | undefined) => void;
}

/** The phases on one time axis, which shows where the time went; pressing one filters the log. */
export function PhaseTimeline({ view, selected, onSelect }: Props) {
  const t = useTranslations("deployment");
  const isRunning = view.phases.some(({ status }) => status === "running");
  const now = useClock(100, isRunning);
  const axis = timeAxis(view.phases, now);
  const [isOpen, setOpen] = useState(false);
  return (
    <Card flush>
      <h2 className="sr-only">{t("phases")}</h2>
      <FoldedPhases view={view} isOpen={isOpen} onToggle={() => setOpen(!isOpen)} />
      <ol className={cn("divide-y", !isOpen && "@max-lg/page:hidden")}>
        {view.phases.map((phase) => (
          <li key={phase.key}>
            <PhaseRow
              phase={phase}
              bar={axis.get(phase.key)}
              isSelected={selected === phase.key}
              hideProblem={view.state !== "succeeded"}
              onSelect={() => onSelect(selected === phase.key ? undefined : phase.key)}
            />
          </li>
        ))}
      </ol>
    </Card>
  );
}

/** All phases in one line, on a phone: the current phase or the outcome; most people came for the log. */
function FoldedPhases({ view, isOpen, onToggle }: { view: DeploymentView; isOpen: boolean; onToggle: () => void }) {
  const t = useTranslations();
  const { phases, durationMs } = view;
  const here =
    phases.find(({ status }) => status === "running") ??
    phases.find(({ status }) => status === "failed") ??
    phases.findLast(({ status }) => status === "succeeded");
  const done = phases.filter(({ status }) => status === "succeeded" || status === "skipped").length;
  const { icon: Icon, text } = phaseStyle(here ?? { status: "pending", problem: null });
  const isEven = done === phases.length;
  return (
    <button
      type="button"
      aria-expanded={isOpen}
      onClick={onToggle}
      className="flex min-h-11 w-full items-center gap-2.5 px-4 text-start @lg/page:hidden"
    >
      <Icon aria-hidden className={cn("size-4 shrink-0", text, here?.status === "running" && "breathe")} />
      <span className="min-w-0 flex-1 truncate font-medium">
        {here && !isEven && `${t(`phases.${here.key}`)} · `}
        <span className={cn(!isEven && "font-normal text-muted")}>
          {t("deployment.phasesDone", { done, total: phases.length })}
        </span>
      </span>
      {here?.status === "running" && here.startedAt ? (
        <RunningClock since={here.startedAt} className="text-running" />
      ) : (
        <Duration ms={durationMs} className="text-muted" />
      )}
      <ChevronDown
        aria-hidden
        className={cn("size-4 shrink-0 text-faint transition-transform", isOpen && "rotate-180")}
      />
    </button>
  );
}
