"use client";

import { useQuery } from "@tanstack/react-query";
import { Rocket, Undo2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { RollbackDialog } from "@/components/deployments/rollback-dialog";
import { useCan } from "@/components/layout/viewer";
import { Button } from "@/components/ui/button";
import type { ServiceDetail } from "@/lib/contracts/service";
import { DeployButton } from "./deploy-button";
import { DeployLabelled } from "./deploy-labelled";
import { releaseQueries } from "./queries";

/** Deploy, and the way back where there is one. */
export function ServiceActions({ service }: { service: ServiceDetail }) {
  const t = useTranslations("service");
  const [isOpen, setOpen] = useState(false);
  const releases = useQuery(releaseQueries.list(service.name)).data ?? [];
  const current = releases.find((release) => release.current);
  const previous = releases.find(
    ({ restorable, number }) => restorable && current !== undefined && number < current.number,
  );
  if (!useCan()("deployment:create", { ownerId: service.owner.id })) return null;
  return (
    <div className="flex flex-wrap gap-2">
      {previous && (
        <RollbackDialog
          serviceName={service.name}
          releaseId={previous.id}
          open={isOpen}
          onOpenChange={setOpen}
          trigger={
            <Button>
              <Undo2 aria-hidden className="rtl:-scale-x-100" />
              {t("rollBackTo", { number: previous.deployment.number })}
            </Button>
          }
        />
      )}
      <DeployLabelled service={service.name} />
      <DeployButton service={service.name} variant="primary">
        <Rocket aria-hidden />
        {t("deploy")}
      </DeployButton>
    </div>
  );
}
