import { Ban, CircleX, TriangleAlert, Undo2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { cn } from "@/components/ui/cn";
import { Duration } from "@/components/ui/duration";
import { Link } from "@/components/ui/link";
import type { DeploymentState, DeploymentView } from "@/lib/contracts/deployment";
import { isFinished } from "@/lib/contracts/deployment-state";
import type { ProblemData } from "@/lib/contracts/problem";
import { LastLines } from "./last-lines";
import { serviceHref } from "./service-href";

const LOOKS: Partial<Record<DeploymentState, { icon: typeof CircleX; text: string; border: string }>> = {
  failed: { icon: CircleX, text: "text-failed", border: "border-s-failed" },
  stuck: { icon: TriangleAlert, text: "text-failed", border: "border-s-failed" },
  undoing: { icon: Undo2, text: "text-warning", border: "border-s-warning" },
  cancelled: { icon: Ban, text: "text-cancelled", border: "border-s-line-strong" },
};

/** Why it did not work, what was undone and what serves now: the answer before anybody has to scroll. */
export function FailurePanel({ view }: { view: DeploymentView }) {
  const t = useTranslations("deployment");
  const sentence = useProblemSentence();
  const looks = LOOKS[view.state];
  if (!looks) return null;
  const { icon: Icon, text, border } = looks;
  const failed = view.phases.find(({ status }) => status === "failed");
  const problem = failed?.problem ?? view.problem;
  return (
    <section className={cn("rounded-lg border border-s-3 bg-surface", border)}>
      <div className="flex items-start gap-3 px-4 py-3">
        <Icon aria-hidden className={cn("mt-0.5 size-4 shrink-0 rtl:-scale-x-100", text)} />
        <div className="min-w-0 flex-1">
          <h2 className="font-semibold">
            <Title view={view} />
          </h2>
          {problem && problem.code !== "deployment-cancelled" && (
            <p className="mt-0.5 text-pretty">{sentence(problem)}</p>
          )}
          {problem?.detail && <Cause problem={problem} />}
          {failed && problem?.line === undefined && view.state !== "cancelled" && isFinished(view.state) && (
            <LastLines view={view} phase={failed.key} />
          )}
        </div>
      </div>
      {view.state !== "undoing" && (
        <dl className="grid gap-x-6 gap-y-2 border-t px-4 py-3 text-sm @lg/page:grid-cols-2">
          <div>
            <dt className="text-faint">{t("undone")}</dt>
            <dd>
              <Undone view={view} />
            </dd>
          </div>
          <div>
            <dt className="text-faint">{t("servingNow")}</dt>
            <dd>
              <Serving view={view} />
            </dd>
          </div>
        </dl>
      )}
    </section>
  );
}

function Title({ view }: { view: DeploymentView }) {
  const t = useTranslations();
  const failed = view.phases.find(({ status }) => status === "failed");
  if (view.state === "stuck") return t("deployment.stuckTitle");
  if (view.state === "cancelled") return t("deployment.cancelledTitle");
  if (failed) return t("deployment.failedIn", { phase: t(`phases.${failed.key}`) });
  return t(view.state === "undoing" ? "deployment.undoingTitle" : "deployment.failed");
}

/** What went wrong in the machine's own words, once, with the way to its place in the log. */
function Cause({ problem: { detail, line } }: { problem: ProblemData }) {
  const t = useTranslations("deployment");
  return (
    <figure
      dir="ltr"
      className="mt-2 flex rounded-md border bg-background py-1.5 text-start font-mono text-xs leading-5"
    >
      <figcaption className="sr-only">{t("machineSaid")}</figcaption>
      {line !== undefined && (
        <a
          href={`#L${line}`}
          aria-label={t("toLine", { line })}
          className="min-w-12 shrink-0 select-none ps-2.5 pe-3 text-end text-accent-text tabular-nums underline-offset-4 hover:underline"
        >
          {line}
        </a>
      )}
      <code
        className={cn(
          "wrap-anywhere max-h-32 min-w-0 overflow-auto whitespace-pre-wrap pe-2.5",
          line === undefined && "ps-2.5",
        )}
      >
        {detail}
      </code>
    </figure>
  );
}

function Undone({ view }: { view: DeploymentView }) {
  const t = useTranslations();
  const undone = view.phases
    .filter(({ undoneAt, undoProblem }) => undoneAt !== null || undoProblem !== null)
    .toReversed();
  if (undone.length === 0) return t("deployment.nothingUndone");
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-0.5">
      {undone.map(({ key, undoDurationMs, undoProblem }) => (
        <li key={key} title={undoProblem?.detail} className={undoProblem ? "text-failed" : undefined}>
          {t(`phases.${key}`)}{" "}
          {undoProblem ? t("deployment.undoFailed") : <Duration ms={undoDurationMs} className="text-muted" />}
        </li>
      ))}
    </ul>
  );
}

function Serving({ view }: { view: DeploymentView }) {
  const t = useTranslations("deployment");
  if (!view.serving) return t("servingNothing");
  return (
    <Link href={serviceHref(view)} className="text-accent-text hover:underline">
      {t("servingRelease", { release: view.serving.number, deployment: view.serving.deploymentNumber })}
    </Link>
  );
}
