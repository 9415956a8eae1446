import {
  ArrowUpRight,
  Ban,
  CircleCheck,
  CircleDashed,
  CircleX,
  LoaderCircle,
  type LucideIcon,
  Trash2,
  TriangleAlert,
  Undo2,
} from "lucide-react";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { RunningBar } from "@/components/overview/running-bar";
import { RemoveStack } from "@/components/stacks/remove-stack";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import { CopyButton } from "@/components/ui/copy-button";
import { RunningClock } from "@/components/ui/duration";
import { Link } from "@/components/ui/link";
import { ltr, useQuantities } from "@/components/ui/quantities";
import type { DeploymentState, DeploymentView } from "@/lib/contracts/deployment";
import { isFinished } from "@/lib/contracts/deployment-state";
import { DOKPLOY_PHASES, DOKPLOY_REMOVAL_PHASES, type PhaseKey } from "@/lib/contracts/phase";
import { DeploymentActions } from "./deployment-header";

const LOOKS: Record<DeploymentState, { icon: LucideIcon; text: string; border: string }> = {
  queued: { icon: CircleDashed, text: "text-queued", border: "" },
  running: { icon: LoaderCircle, text: "text-running", border: "" },
  undoing: { icon: Undo2, text: "text-warning", border: "" },
  succeeded: { icon: CircleCheck, text: "text-succeeded", border: "border-succeeded/40" },
  failed: { icon: CircleX, text: "text-failed", border: "border-failed/40" },
  cancelled: { icon: Ban, text: "text-cancelled", border: "" },
  stuck: { icon: TriangleAlert, text: "text-failed", border: "border-failed/40" },
};

/** A stack's deployment for the person who requested it: the current step in one line, then the link or what to do. */
export function StackProgress({ view }: { view: DeploymentView }) {
  const { icon: Icon, text, border } = LOOKS[view.state];
  const isMoving = !isFinished(view.state);
  return (
    <section className={cn("rounded-lg border bg-surface px-4 py-5 @lg/page:px-6", border)}>
      <div className="flex items-start gap-3">
        <Icon
          aria-hidden
          className={cn("mt-0.5 size-6 shrink-0", Icon === Undo2 && "rtl:-scale-x-100", text, isMoving && "breathe")}
        />
        <div className="min-w-0 flex-1">
          <h2 className="text-balance font-semibold text-lg">
            <Headline view={view} />
          </h2>
          <p className="text-muted text-sm tabular-nums">
            <Times view={view} />
          </p>
        </div>
      </div>
      {isMoving && view.state !== "queued" && (
        <RunningBar phases={view.phases} state={view.state} className="mt-4 h-2.5" />
      )}
      {view.state === "succeeded" && <StackResult view={view} />}
      {(view.state === "failed" || view.state === "stuck" || view.state === "cancelled") && (
        <StackFailure view={view} />
      )}
    </section>
  );
}

function Headline({ view }: { view: DeploymentView }) {
  const t = useTranslations("stackProgress");
  const { state, kind, service, cancelRequestedAt } = view;
  const words = { name: service.name };
  const phase = view.phases.find(({ status }) => status === "running") ?? nextOf(view);
  if (state === "running") return phase && isStep(phase.key) ? t(`now.${phase.key}`) : t("starting");
  if (state === "undoing") return t(cancelRequestedAt ? "stopping" : "undoing");
  if (state === "succeeded") return t(`done.${kind}`, words);
  if (state === "failed") return t(`failed.${kind}`, words);
  return t(state, words);
}

const STEPS = [...DOKPLOY_PHASES, ...DOKPLOY_REMOVAL_PHASES] as const;
function isStep(key: PhaseKey): key is (typeof STEPS)[number] {
  return STEPS.some((step) => step === key);
}

function nextOf({ phases }: DeploymentView) {
  return phases.find(({ status }) => status === "pending");
}

/** The place in the queue while it waits, the step and the elapsed time while it runs, the duration afterwards. */
function Times({ view }: { view: DeploymentView }): ReactNode {
  const t = useTranslations("stackProgress");
  const quantities = useQuantities();
  const { state, startedAt, durationMs, phases, position } = view;
  if (state === "queued") return position && position > 1 ? t("position", { position }) : t("soon");
  if (isFinished(state)) return durationMs !== null && t("took", { duration: ltr(quantities.duration(durationMs)) });
  const reached = phases.filter(({ status }) => status !== "pending").length;
  return (
    <>
      {state === "running" && t("step", { step: Math.max(1, reached), total: phases.length })}
      {state === "running" && startedAt && " · "}
      {startedAt && <RunningClock since={startedAt} />}
    </>
  );
}

/** The address of the new stack, large. */
function StackResult({ view: { kind, url } }: { view: DeploymentView }) {
  const t = useTranslations("stackProgress");
  const all = (
    <Button asChild variant="ghost" size="lg">
      <Link href="/stacks">{t("all")}</Link>
    </Button>
  );
  if (kind === "removal" || !url) return <div className="mt-4 -ms-1">{all}</div>;
  return (
    <>
      <p className="mt-5 flex min-w-0 items-center gap-1.5">
        <a
          href={url}
          target="_blank"
          rel="noreferrer"
          dir="ltr"
          className="wrap-anywhere font-semibold text-accent-text text-xl underline-offset-4 hover:underline @lg/page:text-2xl"
        >
          {url.replace(/^https?:\/\//, "")}
        </a>
        <CopyButton text={url} label={t("copyAddress")} />
      </p>
      <div className="mt-4 flex flex-wrap gap-2">
        <Button asChild variant="primary" size="lg">
          <a href={url} target="_blank" rel="noreferrer">
            {t("open")}
            <ArrowUpRight aria-hidden className="rtl:-scale-x-100" />
          </a>
        </Button>
        {all}
      </div>
    </>
  );
}

/** Why it failed, what was kept or is left, and the next action. */
function StackFailure({ view }: { view: DeploymentView }) {
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

/** What could not be reverted, by the phase that created it. */
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
