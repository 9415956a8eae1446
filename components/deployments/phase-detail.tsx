import { useTranslations } from "next-intl";
import { Fragment } from "react";
import { cn } from "@/components/ui/cn";
import { formatBytes } from "@/components/ui/format-bytes";
import { formatDuration } from "@/components/ui/format-duration";
import { ltr } from "@/components/ui/ltr";
import { useProblemSentence } from "@/lib/client/use-problem-sentence";
import type { PhaseView, Progress } from "@/lib/contracts/deployment";
import { phaseLooks } from "./phase-looks";

/**
 * What a phase has to say in one line: its progress, its result, why it failed (unless the page has told the cause
 * already: `hideProblem`), what became of it.
 */
export function PhaseDetail({ phase, hideProblem }: { phase: PhaseView; hideProblem: boolean }) {
  const t = useTranslations("deployment");
  const status = useTranslations("phaseStatus");
  const sentence = useProblemSentence();
  const progress = useProgress(phase.progress);
  const usual =
    phase.usualMs !== null && phase.status === "running"
      ? t("usually", { duration: ltr(formatDuration(phase.usualMs)) })
      : null;
  const parts = [
    phase.attempt > 1 ? t("attempt", { attempt: phase.attempt }) : null,
    phase.status === "skipped" ? status("skipped") : null,
    phase.undoProblem ? t("undoFailed") : null,
    phase.undoneAt && !phase.undoProblem
      ? t("undoneIn", { duration: ltr(formatDuration(phase.undoDurationMs ?? 0)) })
      : null,
    ...(phase.problem && !hideProblem ? [sentence(phase.problem)] : (progress ?? [phase.detail])),
    usual,
  ].filter((part) => part !== null && part !== "");
  if (parts.length === 0) return <span className="max-md:hidden" />;
  const isBad = phaseLooks(phase).word === "failed" || phase.undoProblem !== null;
  return (
    <span
      title={parts.join(" · ")}
      className={cn(
        "min-w-0 text-sm max-md:order-2 max-md:col-span-2",
        isBad ? "text-failed" : "truncate text-muted max-md:whitespace-normal",
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

function useProgress(progress: Progress | null): string[] | null {
  const t = useTranslations("deployment");
  if (!progress) return null;
  const { done, total, unit, files, totalFiles, bytesPerSecond, secondsLeft } = progress;
  if (unit !== "bytes") {
    const keys = { files: "files", steps: "steps", probes: "probeCount" } as const;
    return [t(keys[unit], { done, total: total ?? "?" })];
  }
  const amount = ltr(formatBytes(done));
  return [
    total === null ? amount : t("bytes", { done: amount, total: ltr(formatBytes(total)) }),
    totalFiles === undefined ? "" : t("files", { done: files ?? 0, total: totalFiles }),
    bytesPerSecond === undefined ? "" : ltr(`${formatBytes(bytesPerSecond)}/s`),
    secondsLeft === undefined ? "" : t("timeLeft", { duration: ltr(formatSeconds(secondsLeft)) }),
  ];
}

/** An estimate has no hundredths. */
function formatSeconds(seconds: number): string {
  return seconds < 60 ? `${seconds} s` : formatDuration(seconds * 1_000);
}
