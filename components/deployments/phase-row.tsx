import { Ban, Circle, CircleCheck, CircleMinus, CircleX, LoaderCircle, type LucideIcon, Undo2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { Fragment } from "react";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { cn } from "@/components/ui/cn";
import { Duration, RunningClock } from "@/components/ui/duration";
import { ltr, useQuantities } from "@/components/ui/quantities";
import type { PhaseView, Progress } from "@/lib/contracts/deployment";
import { factValues } from "@/lib/contracts/fact";
import type { PhaseStatus } from "@/lib/contracts/phase";
import type { Bar } from "./time-axis";

const CANCELLED: PhaseStyle = { icon: Ban, text: "text-cancelled", bar: "fill-faint", word: "cancelled" };
const LOOKS: Record<PhaseStatus, Omit<PhaseStyle, "word">> = {
  pending: { icon: Circle, text: "text-faint", bar: "fill-line-strong" },
  running: { icon: LoaderCircle, text: "text-running", bar: "fill-running" },
  succeeded: { icon: CircleCheck, text: "text-succeeded", bar: "fill-succeeded" },
  failed: { icon: CircleX, text: "text-failed", bar: "fill-failed" },
  skipped: { icon: CircleMinus, text: "text-faint", bar: "fill-line-strong" },
  undone: { icon: Undo2, text: "text-failed", bar: "fill-failed/35" },
};

interface Props {
  phase: PhaseView;
  bar: Bar | undefined;
  isSelected: boolean;
  hideProblem: boolean;
  onSelect: () => void;
}

export function PhaseRow({ phase, bar, isSelected, hideProblem, onSelect }: Props) {
  const t = useTranslations();
  const { icon: Icon, text, word } = phaseStyle(phase);
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

interface PhaseStyle {
  icon: LucideIcon;
  text: string;
  bar: string;
  /** The label beside them is `phaseStatus.<word>`. */
  word: PhaseStatus | "cancelled";
}

/** A phase that a person stopped did not fail. */
export function phaseStyle({ status, problem }: Pick<PhaseView, "status" | "problem">): PhaseStyle {
  if (problem?.code === "deployment-cancelled") return CANCELLED;
  return { ...LOOKS[status], word: status };
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
          className={phaseStyle(phase).bar}
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

/**
 * A phase in one line: its progress, its result, why it failed and what was reverted. `hideProblem`: the page shows the
 * cause elsewhere.
 */
function PhaseDetail({ phase, hideProblem }: { phase: PhaseView; hideProblem: boolean }) {
  const t = useTranslations("deployment");
  const quantities = useQuantities();
  const status = useTranslations("phaseStatus");
  const sentence = useProblemSentence();
  const progress = useProgress(phase.progress);
  const facts = useFacts(phase);
  const usual =
    phase.usualMs !== null && phase.status === "running"
      ? t("usually", { duration: ltr(quantities.duration(phase.usualMs)) })
      : null;
  const parts = [
    phase.attempt > 1 ? t("attempt", { attempt: phase.attempt }) : null,
    phase.status === "skipped" ? status("skipped") : null,
    phase.undoProblem ? t("undoFailed") : null,
    phase.undoneAt && !phase.undoProblem
      ? t("undoneIn", { duration: ltr(quantities.duration(phase.undoDurationMs ?? 0)) })
      : null,
    ...(phase.problem && !hideProblem ? [sentence(phase.problem)] : (progress ?? facts)),
    usual,
  ].filter((part) => part !== null && part !== "");
  if (parts.length === 0) return <span className="@max-3xl/page:hidden" />;
  const isBad = phaseStyle(phase).word === "failed" || phase.undoProblem !== null;
  return (
    <span
      title={parts.join(" · ")}
      className={cn(
        "min-w-0 text-sm @max-3xl/page:order-2 @max-3xl/page:col-span-2",
        isBad ? "text-failed" : "truncate text-muted @max-3xl/page:whitespace-normal",
      )}
    >
      {parts.map((part, index) => (
        <Fragment key={part}>
          {index > 0 && " · "}
          <bdi>{part}</bdi>
        </Fragment>
      ))}
    </span>
  );
}

/** In the reader's language; phases that ended before facts were recorded have a text in English. */
function useFacts({ facts, detail }: PhaseView): (string | null)[] {
  const t = useTranslations("facts");
  const { bytes, shortDuration } = useQuantities();
  const formats = {
    text: ltr,
    bytes: (value: number) => ltr(bytes(value)),
    duration: (ms: number) => ltr(shortDuration(ms)),
  };
  return facts.length > 0 ? facts.map((fact) => t(fact.code, factValues(fact, formats))) : [detail];
}

function useProgress(progress: Progress | null): string[] | null {
  const t = useTranslations("deployment");
  const quantities = useQuantities();
  if (!progress) return null;
  const { done, total, unit, files, totalFiles, bytesPerSecond, secondsLeft } = progress;
  if (unit !== "bytes") {
    const keys = { files: "files", steps: "steps", probes: "probeCount" } as const;
    return [t(keys[unit], { done, total: total ?? "?" })];
  }
  /** An estimate is not precise to hundredths. */
  const left = (seconds: number) => (seconds < 60 ? `${seconds} s` : quantities.duration(seconds * 1_000));
  const amount = ltr(quantities.bytes(done));
  return [
    total === null ? amount : t("bytes", { done: amount, total: ltr(quantities.bytes(total)) }),
    totalFiles === undefined ? "" : t("files", { done: files ?? 0, total: totalFiles }),
    bytesPerSecond === undefined ? "" : ltr(`${quantities.bytes(bytesPerSecond)}/s`),
    secondsLeft === undefined ? "" : t("timeLeft", { duration: ltr(left(secondsLeft)) }),
  ];
}
