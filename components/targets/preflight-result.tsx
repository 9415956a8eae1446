import { CircleCheck, CircleX, type LucideIcon, TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { cn } from "@/components/ui/cn";
import type { PreflightStep } from "@/lib/contracts/dokploy";
import type { TargetCheck } from "@/lib/contracts/target";
import { CheckProblem } from "./check-problem";
import { PreflightSteps } from "./preflight-steps";

type Outcome = "passed" | "warned" | "failed";
const LOOKS: Record<Outcome, { icon: LucideIcon; look: string }> = {
  passed: { icon: CircleCheck, look: "wash-succeeded text-succeeded" },
  warned: { icon: TriangleAlert, look: "wash-warning text-warning" },
  failed: { icon: CircleX, look: "wash-failed text-failed" },
};

export function outcomeOf(steps: readonly PreflightStep[]): Outcome {
  if (steps.some(({ status }) => status === "failed")) return "failed";
  return steps.some(({ status }) => status === "warning") ? "warned" : "passed";
}

/** The answer in one line. */
export function PreflightOutcome({ steps, className }: { steps: readonly PreflightStep[]; className?: string }) {
  const t = useTranslations("dokploy.preflight");
  const outcome = outcomeOf(steps);
  const { icon: Icon, look } = LOOKS[outcome];
  return (
    <p className={cn("flex items-center gap-2 px-4 py-2.5 font-medium", look, className)}>
      <Icon aria-hidden className="size-4 shrink-0" />
      {t(outcome)}
    </p>
  );
}

/** What a try found, before anything is saved. */
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
