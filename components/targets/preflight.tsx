"use client";

import { CircleCheck, CircleMinus, CircleX, type LucideIcon, TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { useCan } from "@/components/layout/viewer";
import { Card } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { TimeAgo } from "@/components/ui/time";
import type { PreflightStep } from "@/lib/contracts/dokploy";
import type { TargetCheck, TargetView } from "@/lib/contracts/target";
import { CheckProblem } from "./check-problem";
import { CheckTarget } from "./target-actions";

/** The last pre-flight of a Dokploy server, and a button to run it again. */
export function PreflightCard({ target: { name, lastCheck, lastCheckAt } }: { target: TargetView }) {
  const t = useTranslations();
  const mayCheck = useCan()("target:write");
  const steps = lastCheck?.preflight ?? [];
  return (
    <Card
      flush
      className="overflow-hidden"
      title={t("dokploy.preflight.title")}
      description={
        lastCheckAt
          ? t.rich("targets.checkedWhen", { when: () => <TimeAgo at={lastCheckAt} /> })
          : t("dokploy.preflight.text")
      }
      actions={mayCheck && <CheckTarget name={name} />}
    >
      <div aria-live="polite">
        {steps.length === 0 ? (
          <p className="px-4 py-3 text-muted">{t("dokploy.preflight.never")}</p>
        ) : (
          <>
            <PreflightOutcome steps={steps} className="border-b" />
            <PreflightSteps steps={steps} />
          </>
        )}
      </div>
    </Card>
  );
}

/** The findings of a test before the server is saved. */
export function PreflightResult({ check }: { check: TargetCheck | undefined }) {
  const steps = check?.preflight ?? [];
  return (
    <div aria-live="polite" className="empty:hidden">
      {check?.problem && steps.length === 0 && <CheckProblem problem={check.problem} className="rounded-md" />}
      {steps.length > 0 && (
        <div className="overflow-hidden rounded-md border">
          <PreflightOutcome steps={steps} className="border-b" />
          <PreflightSteps steps={steps} />
        </div>
      )}
    </div>
  );
}

type Outcome = "passed" | "warned" | "failed";
const OUTCOMES: Record<Outcome, { icon: LucideIcon; tone: string }> = {
  passed: { icon: CircleCheck, tone: "wash-succeeded text-succeeded" },
  warned: { icon: TriangleAlert, tone: "wash-warning text-warning" },
  failed: { icon: CircleX, tone: "wash-failed text-failed" },
};

function outcomeOf(steps: readonly PreflightStep[]): Outcome {
  if (steps.some(({ status }) => status === "failed")) return "failed";
  return steps.some(({ status }) => status === "warning") ? "warned" : "passed";
}

/** The result in one line. */
function PreflightOutcome({ steps, className }: { steps: readonly PreflightStep[]; className?: string }) {
  const t = useTranslations("dokploy.preflight");
  const outcome = outcomeOf(steps);
  const { icon: Icon, tone } = OUTCOMES[outcome];
  return (
    <p className={cn("flex items-center gap-2 px-4 py-2.5 font-medium", tone, className)}>
      <Icon aria-hidden className="size-4 shrink-0" />
      {t(outcome)}
    </p>
  );
}

const STEP_TONES: Record<PreflightStep["status"], { icon: LucideIcon; text: string }> = {
  ok: { icon: CircleCheck, text: "text-succeeded" },
  warning: { icon: TriangleAlert, text: "text-warning" },
  failed: { icon: CircleX, text: "text-failed" },
  skipped: { icon: CircleMinus, text: "text-faint" },
};

/** The prerequisites of stacks, step by step; a failed step says what to fix. */
function PreflightSteps({ steps }: { steps: readonly PreflightStep[] }) {
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
  const { icon: Icon, text } = STEP_TONES[status];
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
