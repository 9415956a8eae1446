import { CircleCheck, CircleMinus, CircleX, type LucideIcon, TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { cn } from "@/components/ui/cn";
import type { PreflightStep } from "@/lib/contracts/dokploy";

const LOOKS: Record<PreflightStep["status"], { icon: LucideIcon; text: string }> = {
  ok: { icon: CircleCheck, text: "text-succeeded" },
  warning: { icon: TriangleAlert, text: "text-warning" },
  failed: { icon: CircleX, text: "text-failed" },
  skipped: { icon: CircleMinus, text: "text-faint" },
};

/** What stacks depend on, step by step; a step that is not well says what to mend. */
export function PreflightSteps({ steps }: { steps: readonly PreflightStep[] }) {
  const t = useTranslations("dokploy.preflight");
  return (
    <ol aria-label={t("title")} className="divide-y">
      {steps.map((step) => (
        <li key={step.step} className="flex items-start gap-3 px-4 py-2.5">
          <Step step={step} />
        </li>
      ))}
    </ol>
  );
}

function Step({ step: { step, status, detail, problem } }: { step: PreflightStep }) {
  const t = useTranslations("dokploy.preflight");
  const sentence = useProblemSentence();
  const { icon: Icon, text } = LOOKS[status];
  const seen = step === "limit" && detail !== null ? t("limitSeen", { calls: detail }) : detail;
  return (
    <>
      <Icon aria-hidden className={cn("mt-0.5 size-4 shrink-0", text)} />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-baseline justify-between gap-x-4">
          <span className={cn("font-medium", status === "skipped" && "text-muted")}>
            {t(`steps.${step}`)}
            <span className={cn("ms-2 font-normal text-sm", text, status === "ok" && "sr-only")}>
              {t(`status.${status}`)}
            </span>
          </span>
          {seen && (
            <span dir="auto" className="figures wrap-anywhere text-muted text-sm">
              {seen}
            </span>
          )}
        </p>
        {problem && (
          <p className="mt-0.5 text-pretty text-sm">
            {sentence(problem)}
            {problem.detail && problem.detail !== detail && (
              <code className="figures mt-0.5 block wrap-anywhere text-muted">{problem.detail}</code>
            )}
          </p>
        )}
      </div>
    </>
  );
}
