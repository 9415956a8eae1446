import { useTranslations } from "next-intl";
import { Fragment } from "react";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { cn } from "@/components/ui/cn";
import { ltr } from "@/components/ui/ltr";
import { useQuantities } from "@/components/ui/use-quantities";
import type { PhaseView, Progress } from "@/lib/contracts/deployment";
import { factValues } from "@/lib/contracts/fact";
import { phaseLooks } from "./phase-looks";

/**
 * What a phase has to say in one line: its progress, its result, why it failed (unless the page has told the cause
 * already: `hideProblem`), what became of it.
 */
export function PhaseDetail({ phase, hideProblem }: { phase: PhaseView; hideProblem: boolean }) {
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
  const isBad = phaseLooks(phase).word === "failed" || phase.undoProblem !== null;
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

/** In the reader's language; a phase that ended before there were facts has a text in English. */
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
  /** An estimate has no hundredths. */
  const left = (seconds: number) => (seconds < 60 ? `${seconds} s` : quantities.duration(seconds * 1_000));
  const amount = ltr(quantities.bytes(done));
  return [
    total === null ? amount : t("bytes", { done: amount, total: ltr(quantities.bytes(total)) }),
    totalFiles === undefined ? "" : t("files", { done: files ?? 0, total: totalFiles }),
    bytesPerSecond === undefined ? "" : ltr(`${quantities.bytes(bytesPerSecond)}/s`),
    secondsLeft === undefined ? "" : t("timeLeft", { duration: ltr(left(secondsLeft)) }),
  ];
}
