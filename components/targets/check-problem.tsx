import type { ReactNode } from "react";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { cn } from "@/components/ui/cn";
import type { ProblemData } from "@/lib/contracts/problem";

/** Why a check failed: the sentence, the error output, and the possible actions. */
export function CheckProblem({
  problem,
  action,
  className,
}: {
  problem: ProblemData;
  action?: ReactNode;
  className?: string;
}) {
  const sentence = useProblemSentence();
  const isWaiting = problem.code === "host-key-unconfirmed";
  return (
    <div
      role="alert"
      className={cn("flex flex-col items-start gap-2 px-4 py-3", isWaiting ? "wash-warning" : "wash-failed", className)}
    >
      <p className={cn("wrap-anywhere w-full text-pretty", isWaiting ? "text-warning" : "text-failed")}>
        {sentence(problem)}
      </p>
      {problem.detail && (
        <code className="figures block wrap-anywhere w-full text-muted text-sm">{problem.detail}</code>
      )}
      {action}
    </div>
  );
}
