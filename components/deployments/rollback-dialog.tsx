"use client";

import { useQuery } from "@tanstack/react-query";
import { ArrowRight } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { ErrorPanel } from "@/components/ui/error-panel";
import { Skeleton } from "@/components/ui/skeleton";
import { TimeAgo } from "@/components/ui/time-ago";
import { toast } from "@/components/ui/toast";
import type { ReleaseSummary, RollbackPreview } from "@/lib/contracts/release";
import { deploymentQueries, useRequestRollback } from "./queries";
import { RollbackDifference } from "./rollback-difference";

interface Props {
  serviceName: string;
  /** The release before the current one when absent. */
  releaseId?: string;
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  trigger?: ReactNode;
}

/** From and to, everything that will differ, one button. */
export function RollbackDialog({ serviceName, releaseId, open, onOpenChange, trigger }: Props) {
  const t = useTranslations("rollback");
  const router = useRouter();
  const sentence = useProblemSentence();
  const request = useRequestRollback();
  const preview = useQuery({ ...deploymentQueries.rollbackPreview(serviceName, releaseId), enabled: open === true });
  const confirm = () =>
    request.mutate(
      { service: serviceName, releaseId: preview.data?.to.id },
      {
        onSuccess: (view) => {
          onOpenChange?.(false);
          toast.succeeded(t("started", { service: serviceName, number: view.number }));
          router.push(`/deployments/${view.id}`);
        },
      },
    );
  return (
    <ConfirmDialog
      wide
      open={open}
      onOpenChange={onOpenChange}
      trigger={trigger}
      title={t("title", { service: serviceName })}
      description={t("description")}
      action={
        preview.data
          ? t("confirm", { number: preview.data.to.deployment.number })
          : t("title", { service: serviceName })
      }
      disabled={!preview.data?.to.restorable}
      busy={request.isPending}
      error={request.error ? sentence(request.error) : undefined}
      onConfirm={confirm}
    >
      <Preview preview={preview.data} error={preview.error} retry={preview.refetch} />
    </ConfirmDialog>
  );
}

function Preview({
  preview,
  error,
  retry,
}: {
  preview: RollbackPreview | undefined;
  error: unknown;
  retry: () => unknown;
}) {
  const t = useTranslations("rollback");
  if (error) return <ErrorPanel error={error} retry={retry} />;
  if (!preview) return <Skeleton className="h-40" />;
  return (
    <>
      <div className="grid items-center gap-2 @lg/page:grid-cols-[1fr_auto_1fr]">
        <ReleaseBox title={t("from")} release={preview.from} />
        <ArrowRight aria-hidden className="mx-auto size-4 text-faint @max-lg/page:rotate-90 rtl:-scale-x-100" />
        <ReleaseBox title={t("to")} release={preview.to} />
      </div>
      {!preview.to.restorable && (
        <p role="alert" className="text-failed">
          {t("notRestorable")}
        </p>
      )}
      <RollbackDifference preview={preview} />
    </>
  );
}

function ReleaseBox({ title, release }: { title: string; release: ReleaseSummary | null }) {
  const t = useTranslations("rollback");
  return (
    <div className="rounded-md border bg-background px-3 py-2.5">
      <p className="text-faint text-xs">{title}</p>
      {release ? (
        <>
          <p className="font-medium">{t("release", { number: release.number })}</p>
          <p className="text-muted text-sm">
            {t("fromDeployment", { number: release.deployment.number })} · <TimeAgo at={release.createdAt} />
          </p>
        </>
      ) : (
        <p className="text-muted">{t("nothing")}</p>
      )}
    </div>
  );
}
