"use client";

import { RefreshCw, Trash2, Undo2, Wrench } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { RollbackDialog } from "@/components/deployments/rollback-dialog";
import { useDeployNow } from "@/components/deployments/use-deploy-now";
import { useCan } from "@/components/layout/viewer";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import { toast } from "@/components/ui/toast";
import type { StackSummary } from "@/lib/contracts/stack";
import { allowedOnStack } from "@/lib/contracts/stack-state";
import { useRepairStack } from "./queries";
import { RemoveStack } from "./remove-stack";

/** The actions that the stack's state and the viewer's role allow. */
export function StackActions({ stack, className }: { stack: StackSummary; className?: string }) {
  const t = useTranslations("stacks");
  const may = useCan();
  const allowed = allowedOnStack(stack);
  const subject = { ownerId: stack.owner.id };
  const { name } = stack;
  const mayDeploy = may("deployment:create", subject);
  return (
    <div className={cn("flex flex-wrap gap-1 empty:hidden", className)}>
      {allowed.repair && mayDeploy && <Repair name={name} />}
      {allowed.redeploy && mayDeploy && <Redeploy name={name} />}
      {allowed.rollback && mayDeploy && stack.rollbackTo && (
        <RollBack name={name} releaseId={stack.rollbackTo.releaseId} />
      )}
      {allowed.remove && may("service:delete", subject) && (
        <RemoveStack
          name={name}
          trigger={
            <Button variant="ghost" aria-label={t("removeNamed", { name })}>
              <Trash2 aria-hidden />
              {t("remove")}
            </Button>
          }
        />
      )}
    </div>
  );
}

/** Deploys the current release again, unchanged, and opens that deployment. */
function Repair({ name }: { name: string }) {
  const t = useTranslations("stacks");
  const router = useRouter();
  const sentence = useProblemSentence();
  const repair = useRepairStack(name);
  const run = () =>
    repair.mutate(undefined, {
      onSuccess: ({ id }) => router.push(`/deployments/${id}`),
      onError: (error) => toast.failed(sentence(error)),
    });
  return (
    <Button variant="primary" busy={repair.isPending} aria-label={t("repairNamed", { name })} onClick={run}>
      <Wrench aria-hidden />
      {t("repair")}
    </Button>
  );
}

function Redeploy({ name }: { name: string }) {
  const t = useTranslations("stacks");
  const deployNow = useDeployNow();
  return (
    <Button
      variant="ghost"
      busy={deployNow.busy}
      aria-label={t("redeployNamed", { name })}
      onClick={() => deployNow.run(name)}
    >
      <RefreshCw aria-hidden />
      {t("redeploy")}
    </Button>
  );
}

function RollBack({ name, releaseId }: { name: string; releaseId: string }) {
  const t = useTranslations("stacks");
  const [isOpen, setOpen] = useState(false);
  return (
    <RollbackDialog
      serviceName={name}
      releaseId={releaseId}
      open={isOpen}
      onOpenChange={setOpen}
      trigger={
        <Button variant="ghost" aria-label={t("rollBackNamed", { name })}>
          <Undo2 aria-hidden className="rtl:-scale-x-100" />
          {t("rollBack")}
        </Button>
      }
    />
  );
}
