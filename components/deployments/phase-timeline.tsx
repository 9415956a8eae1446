"use client";

import { useTranslations } from "next-intl";
import { Card } from "@/components/ui/card";
import { useClock } from "@/components/ui/use-clock";
import type { DeploymentView } from "@/lib/contracts/deployment";
import type { PhaseKey } from "@/lib/contracts/phase";
import { PhaseRow } from "./phase-row";
import { timeAxis } from "./time-axis";

interface Props {
  view: DeploymentView;
  /** The phase whose log is shown. */
  selected: PhaseKey | undefined;
  onSelect: (phase: PhaseKey | undefined) => void;
}

/** The phases on one time axis, so that the eye sees where the time went; a press on one filters the log. */
export function PhaseTimeline({ view, selected, onSelect }: Props) {
  const t = useTranslations("deployment");
  const isRunning = view.phases.some(({ status }) => status === "running");
  const now = useClock(100, isRunning);
  const axis = timeAxis(view.phases, now);
  return (
    <Card flush>
      <h2 className="sr-only">{t("phases")}</h2>
      <ol className="divide-y">
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
