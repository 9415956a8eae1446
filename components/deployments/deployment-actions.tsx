import { Ban, Rocket, RotateCcw, Undo2 } from "lucide-react";
import dynamic from "next/dynamic";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { useCan } from "@/components/layout/viewer";
import { Button } from "@/components/ui/button";
import { toast } from "@/components/ui/toast";
import type { DeploymentView } from "@/lib/contracts/deployment";
import { allowedOn, isFinished } from "@/lib/contracts/deployment-state";
import { useCancelDeployment, useRetryUndo } from "./queries";
import { useDeployNow } from "./use-deploy-now";

/** Dialogs come when they are first opened. */
const ConfirmDialog = dynamic(() => import("@/components/ui/confirm-dialog").then((module) => module.ConfirmDialog));
const RollbackDialog = dynamic(() => import("./rollback-dialog").then((module) => module.RollbackDialog));

/** What may be done now: a pure function of the state, and of who looks. */
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
