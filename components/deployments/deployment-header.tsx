import { Ban, Rocket, RotateCcw, Undo2 } from "lucide-react";
import dynamic from "next/dynamic";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { useCan } from "@/components/layout/viewer";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Link } from "@/components/ui/link";
import { ltr, useQuantities } from "@/components/ui/quantities";
import { StateBadge } from "@/components/ui/state-badge";
import { ClockTime, useClock } from "@/components/ui/time";
import { toast } from "@/components/ui/toast";
import type { DeploymentView } from "@/lib/contracts/deployment";
import { allowedOn, isFinished } from "@/lib/contracts/deployment-state";
import { revisionLabel, serviceHref } from "./deployment-title";
import { useCancelDeployment, useRetryUndo } from "./queries";
import { useDeployNow } from "./use-deploy-now";

interface Props {
  view: DeploymentView;
  /** The progress, and the actions after the end, are shown below the header. */
  isBrief: boolean;
}

export function DeploymentHeader({ view, isBrief }: Props) {
  const t = useTranslations();
  const { service, number, kind, requestedBy, target, driver } = view;
  const label = revisionLabel(view);
  return (
    <header className="flex flex-wrap items-start gap-x-6 gap-y-3">
      <div className="min-w-0 flex-1 basis-80">
        <h1 className="flex flex-wrap items-baseline gap-x-2 font-semibold text-xl tracking-tight">
          <Link href={serviceHref(view)} className="hover:underline">
            <bdi>{service.name}</bdi>
          </Link>
          <span className="figures font-medium text-muted">#{number}</span>
          {kind !== "deploy" && (
            <Badge tone="outline" className="self-center">
              {t(`kinds.${kind}`)}
            </Badge>
          )}
        </h1>
        {label && (
          <p className="mt-1 truncate text-muted text-sm" title={view.commit?.id ?? view.digest ?? undefined}>
            <bdi>{[label, view.commit?.author].filter(Boolean).join(" · ")}</bdi>
          </p>
        )}
        <div className="mt-2 flex flex-wrap items-center gap-x-3 gap-y-1.5 text-muted">
          <StateBadge state={view.state} />
          {!isBrief && <Progress view={view} />}
          <span className="flex flex-wrap gap-x-3 text-sm">
            <span>{t("deployment.by", { name: requestedBy?.name ?? t("deployments.landfall") })}</span>
            <ClockTime at={view.startedAt ?? view.queuedAt} />
            <bdi>{t("deployment.to", { target: target.name, driver: t(`drivers.${driver}`) })}</bdi>
          </span>
        </div>
      </div>
      {!(isBrief && isFinished(view.state)) && <DeploymentActions view={view} />}
    </header>
  );
}

/** `Build: 12.4 s of about 15 s` while it runs, how long it took afterwards. */
function Progress({ view }: { view: DeploymentView }) {
  const t = useTranslations();
  const quantities = useQuantities();
  const phase = view.phases.find(({ status }) => status === "running");
  const now = useClock(100, phase !== undefined);
  if (phase?.startedAt) {
    const elapsed = quantities.duration(now - Date.parse(phase.startedAt));
    const words = {
      phase: t(`phases.${phase.key}`),
      elapsed: ltr(elapsed),
      usual: ltr(quantities.duration(phase.usualMs ?? 0)),
    };
    return (
      <span className="text-foreground tabular-nums">
        {t(phase.usualMs ? "deployment.phaseOf" : "deployment.phaseSince", words)}
      </span>
    );
  }
  if (view.durationMs === null) return null;
  return <span>{t("deployment.took", { duration: ltr(quantities.duration(view.durationMs)) })}</span>;
}

/** Dialogs are loaded when they are first opened. */
const ConfirmDialog = dynamic(() => import("@/components/ui/confirm-dialog").then((module) => module.ConfirmDialog));
const RollbackDialog = dynamic(() => import("./rollback-dialog").then((module) => module.RollbackDialog));

/** The actions that the state and the viewer's role allow. */
export function DeploymentActions({ view, isRetry }: { view: DeploymentView; isRetry?: boolean }) {
  const t = useTranslations("deployment");
  const allowed = allowedOn(view);
  const can = useCan();
  const mayDeploy = can("deployment:create");
  const isCancelling = view.cancelRequestedAt !== null && allowed.follow;
  return (
    <div className="flex flex-wrap items-center gap-2">
      {isCancelling && <span className="text-muted">{t("cancelling")}</span>}
      {allowed.cancel && can("deployment:cancel") && <CancelButton view={view} />}
      {allowed.retryUndo && mayDeploy && <RetryUndoButton id={view.id} />}
      {isFinished(view.state) && mayDeploy && view.rollbackTo && <RollbackButton view={view} to={view.rollbackTo} />}
      {allowed.redeploy && mayDeploy && (
        <RedeployButton service={view.service.name} label={t(isRetry ? "tryAgain" : "redeploy")} />
      )}
    </div>
  );
}

function CancelButton({ view }: { view: DeploymentView }) {
  const t = useTranslations("deployment");
  const sentence = useProblemSentence();
  const [open, setOpen] = useState<boolean>();
  const cancel = useCancelDeployment();
  const words = { service: view.service.name, number: view.number };
  const live = view.serving ? [t("cancelLive", { release: view.serving.number })] : [];
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <Ban aria-hidden />
        {t("cancel")}
      </Button>
      {open !== undefined && (
        <ConfirmDialog
          danger
          open={open}
          onOpenChange={setOpen}
          title={t("cancelTitle", words)}
          description={[t("cancelText"), ...live].join(" ")}
          action={t("cancelConfirm")}
          dismiss={t("keep")}
          busy={cancel.isPending}
          error={cancel.error ? sentence(cancel.error) : undefined}
          onConfirm={() => cancel.mutate(view.id, { onSuccess: () => setOpen(false) })}
        />
      )}
    </>
  );
}

function RetryUndoButton({ id }: { id: string }) {
  const t = useTranslations("deployment");
  const sentence = useProblemSentence();
  const retry = useRetryUndo();
  return (
    <Button
      variant="primary"
      busy={retry.isPending}
      onClick={() => retry.mutate(id, { onError: (error) => toast.failed(sentence(error)) })}
    >
      <RotateCcw aria-hidden />
      {t("retryUndo")}
    </Button>
  );
}

function RollbackButton({ view, to }: { view: DeploymentView; to: NonNullable<DeploymentView["rollbackTo"]> }) {
  const t = useTranslations("deployment");
  const [open, setOpen] = useState<boolean>();
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <Undo2 aria-hidden className="rtl:-scale-x-100" />
        {t("rollBackTo", { number: to.deploymentNumber })}
      </Button>
      {open !== undefined && (
        <RollbackDialog serviceName={view.service.name} releaseId={to.releaseId} open={open} onOpenChange={setOpen} />
      )}
    </>
  );
}

function RedeployButton({ service, label }: { service: string; label: string }) {
  const deployNow = useDeployNow();
  return (
    <Button variant="primary" busy={deployNow.busy} onClick={() => deployNow.run(service)}>
      <Rocket aria-hidden />
      {label}
    </Button>
  );
}
