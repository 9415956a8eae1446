import { Trash2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { RemoveStack } from "@/components/stacks/remove-stack";
import { Button } from "@/components/ui/button";
import type { DeploymentView } from "@/lib/contracts/deployment";
import { DeploymentActions } from "./deployment-actions";

/** Why, what was kept or is left, and the way on. */
export function StackFailure({ view }: { view: DeploymentView }) {
  const t = useTranslations();
  const sentence = useProblemSentence();
  const failed = view.phases.find(({ status }) => status === "failed");
  const problem = failed?.problem ?? view.problem;
  const tells = problem && problem.code !== "deployment-cancelled";
  return (
    <div className="mt-4 flex flex-col items-start gap-3">
      {tells && (
        <div className="w-full">
          <p className="text-pretty">{sentence(problem)}</p>
          {problem.detail && (
            <code className="figures mt-1.5 block wrap-anywhere whitespace-pre-wrap text-muted text-sm">
              {problem.detail}
            </code>
          )}
        </div>
      )}
      {view.state === "stuck" ? <Left view={view} /> : <p className="text-pretty text-muted">{t(keptKey(view))}</p>}
      <div className="mt-1">
        {view.kind === "removal" && view.state !== "stuck" ? (
          <RemoveStack
            name={view.service.name}
            trigger={
              <Button>
                <Trash2 aria-hidden />
                {t("stackProgress.removeAgain")}
              </Button>
            }
          />
        ) : (
          <DeploymentActions isRetry view={view} />
        )}
      </div>
    </div>
  );
}

function keptKey({ kind, serving }: DeploymentView) {
  if (kind === "removal") return "stackProgress.kept.removal" as const;
  return serving ? ("stackProgress.kept.serving" as const) : ("stackProgress.kept.nothing" as const);
}

/** What could not be taken back, by the step that made it. */
function Left({ view }: { view: DeploymentView }) {
  const t = useTranslations();
  const sentence = useProblemSentence();
  const left = view.phases.filter(({ undoProblem }) => undoProblem !== null);
  return (
    <div className="w-full rounded-md border border-failed/40 px-4 py-3">
      <p className="font-medium">{t("stackProgress.left")}</p>
      <ul className="mt-1 flex flex-col gap-1 text-sm">
        {left.map(({ key, undoProblem }) => (
          <li key={key} className="wrap-anywhere">
            <span className="font-medium">{t(`phases.${key}`)}</span>{" "}
            {undoProblem && <span className="text-muted">{sentence(undoProblem)}</span>}{" "}
            {undoProblem?.detail && <code className="figures text-faint">{undoProblem.detail}</code>}
          </li>
        ))}
      </ul>
      <p className="mt-2 text-muted text-sm">{t("stackProgress.leftText")}</p>
    </div>
  );
}
