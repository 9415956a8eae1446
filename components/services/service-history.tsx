"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { Rocket } from "lucide-react";
import { useTranslations } from "next-intl";
import { allItems } from "@/components/api/paged";
import { DeploymentRow, phaseScale } from "@/components/deployments/deployment-row";
import { deploymentQueries } from "@/components/deployments/queries";
import { useCan } from "@/components/layout/viewer";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { ListPanel } from "@/components/ui/list-panel";
import { isFinished } from "@/lib/contracts/deployment-state";
import type { ServiceDetail } from "@/lib/contracts/service";
import { DeployButton } from "./deploy-button";

const MOVING_MS = 3_000;

/** Every attempt, newest first; the phase bars share one scale, so that a slow phase is seen across them. */
export function ServiceHistory({ service }: { service: ServiceDetail }) {
  const t = useTranslations("service");
  const mayDeploy = useCan()("deployment:create", { ownerId: service.owner.id });
  const query = useInfiniteQuery({
    ...deploymentQueries.list({ service: service.name }),
    refetchInterval: ({ state }) => (allItems(state.data)?.some((item) => !isFinished(item.state)) ? MOVING_MS : false),
  });
  const action = mayDeploy && (
    <DeployButton service={service.name} variant="primary">
      {t("deploy")}
    </DeployButton>
  );
  return (
    <Card flush title={t("history")} className="overflow-hidden">
      <ListPanel
        query={query}
        items={allItems(query.data)}
        empty={<EmptyState icon={Rocket} title={t("historyEmptyTitle")} text={t("historyEmptyText")} action={action} />}
      >
        {(deployments) => (
          <ul className="divide-y">
            {deployments.map((deployment) => (
              <li key={deployment.id}>
                <DeploymentRow hideService deployment={deployment} scaleMs={phaseScale(deployments)} />
              </li>
            ))}
          </ul>
        )}
      </ListPanel>
    </Card>
  );
}
