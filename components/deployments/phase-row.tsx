import { useTranslations } from "next-intl";
import { cn } from "@/components/ui/cn";
import { Duration, RunningClock } from "@/components/ui/duration";
import type { PhaseView } from "@/lib/contracts/deployment";
import { PhaseDetail } from "./phase-detail";
import { phaseLooks } from "./phase-looks";
import type { Bar } from "./time-axis";

interface Props {
  phase: PhaseView;
  bar: Bar | undefined;
  isSelected: boolean;
  hideProblem: boolean;
  onSelect: () => void;
}

export function PhaseRow({ phase, bar, isSelected, hideProblem, onSelect }: Props) {
  const t = useTranslations();
  const { icon: Icon, text, word } = phaseLooks(phase);
  const isQuiet = phase.status === "pending" || phase.status === "skipped";
  return (
    <button
      type="button"
      aria-pressed={isSelected}
      title={t("deployment.showLogOf", { phase: t(`phases.${phase.key}`) })}
      onClick={onSelect}
      className={cn(
        "grid min-h-10 w-full grid-cols-[1fr_auto] items-center gap-x-3 gap-y-1 px-4 py-2 text-start transition-colors hover:bg-subtle focus-visible:outline-offset-[-2px] @3xl/page:grid-cols-[11rem_5rem_minmax(8rem,1fr)_minmax(10rem,20rem)]",
        isSelected && "bg-subtle",
      )}
    >
      <span className="flex min-w-0 items-center gap-2.5">
        <Icon aria-hidden className={cn("size-4 shrink-0", text, phase.status === "running" && "breathe")} />
        <span className={cn("truncate font-medium", isQuiet && "text-muted")}>{t(`phases.${phase.key}`)}</span>
        <span className="sr-only">{t(`phaseStatus.${word}`)}</span>
      </span>
      <span className="text-end">
        <PhaseTime phase={phase} />
      </span>
      <PhaseBar phase={phase} bar={bar} />
      <PhaseDetail phase={phase} hideProblem={hideProblem} />
    </button>
  );
}

function PhaseTime({ phase }: { phase: PhaseView }) {
  if (phase.status === "running" && phase.startedAt)
    return <RunningClock since={phase.startedAt} className="text-running" />;
  if (phase.status === "skipped") return null;
  return <Duration ms={phase.durationMs} className="text-muted" />;
}

/** Drawn as SVG: it needs no style attribute, and right-to-left pages mirror it. */
function PhaseBar({ phase, bar }: { phase: PhaseView; bar: Bar | undefined }) {
  return (
    <svg
      aria-hidden
      className={cn(
        "h-2.5 w-full rtl:-scale-x-100 @max-3xl/page:order-1 @max-3xl/page:col-span-2",
        !bar && "@max-3xl/page:hidden",
      )}
      preserveAspectRatio="none"
    >
      <rect width="100%" height="100%" rx="2" className="fill-subtle" />
      {bar && phase.status !== "skipped" && (
        <rect
          x={percent(bar.start)}
          width={percent(bar.width)}
          height="100%"
          rx="2"
          className={phaseLooks(phase).bar}
        />
      )}
      {bar?.ghost && (
        <rect
          x={percent(bar.ghost.start)}
          width={percent(bar.ghost.width)}
          height="100%"
          rx="2"
          className="fill-running/20"
        />
      )}
    </svg>
  );
}

function percent(part: number): string {
  return `${(part * 100).toFixed(2)}%`;
}
