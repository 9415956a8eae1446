import {
  Ban,
  CircleCheck,
  CircleDashed,
  CircleX,
  LoaderCircle,
  type LucideIcon,
  TriangleAlert,
  Undo2,
} from "lucide-react";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { RunningBar } from "@/components/overview/running-bar";
import { cn } from "@/components/ui/cn";
import { RunningClock } from "@/components/ui/duration";
import { ltr } from "@/components/ui/ltr";
import { useQuantities } from "@/components/ui/use-quantities";
import type { DeploymentState, DeploymentView } from "@/lib/contracts/deployment";
import { isFinished } from "@/lib/contracts/deployment-state";
import { DOKPLOY_PHASES, DOKPLOY_REMOVAL_PHASES, type PhaseKey } from "@/lib/contracts/phase";
import { StackFailure } from "./stack-failure";
import { StackResult } from "./stack-result";

const LOOKS: Record<DeploymentState, { icon: LucideIcon; text: string; border: string }> = {
  queued: { icon: CircleDashed, text: "text-queued", border: "" },
  running: { icon: LoaderCircle, text: "text-running", border: "" },
  undoing: { icon: Undo2, text: "text-warning", border: "" },
  succeeded: { icon: CircleCheck, text: "text-succeeded", border: "border-succeeded/40" },
  failed: { icon: CircleX, text: "text-failed", border: "border-failed/40" },
  cancelled: { icon: Ban, text: "text-cancelled", border: "" },
  stuck: { icon: TriangleAlert, text: "text-failed", border: "border-failed/40" },
};

/** A stack's deployment for the person who asked for it: one line for what happens now, then the link or what to do. */
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

/** How far it is and for how long; its place in line before, how long it took afterwards. */
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
