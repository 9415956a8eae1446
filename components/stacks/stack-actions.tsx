"use client";

import { RefreshCw, Trash2, Undo2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { RollbackDialog } from "@/components/deployments/rollback-dialog";
import { useDeployNow } from "@/components/deployments/use-deploy-now";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import { useCan } from "@/lib/client/viewer";
import { allowedOnStack, type StackSummary } from "@/lib/contracts/stack";
import { RemoveStack } from "./remove-stack";

/** The three things one may do. What its state or one's role does not allow is absent. */
export function StackActions({ stack, className }: { stack: StackSummary; className?: string }) {
  const t = useTranslations("stacks");
  const may = useCan();
  const allowed = allowedOnStack(stack);
  const subject = { ownerId: stack.owner.id };
  const { name } = stack;
  const mayDeploy = may("deployment:create", subject);
  return (
    <div className={cn("flex flex-wrap gap-1 empty:hidden", className)}>
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
