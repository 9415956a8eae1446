"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { Rocket, SearchX } from "lucide-react";
import { useTranslations } from "next-intl";
import { allItems } from "@/components/api/paged";
import { useCan } from "@/components/layout/viewer";
import { ServicePicker } from "@/components/services/service-picker";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { EmptyState } from "@/components/ui/empty-state";
import { Select } from "@/components/ui/input";
import { Link } from "@/components/ui/link";
import { ListPanel } from "@/components/ui/list-panel";
import { shapedBy, useSearchFilter } from "@/components/ui/use-search-filter";
import { DeploymentFilter } from "@/lib/contracts/deployment";
import { DEPLOYMENT_KINDS, DEPLOYMENT_STATES, isFinished } from "@/lib/contracts/deployment-state";
import { DeploymentRow, deploymentColumns, phaseScale } from "./deployment-row";
import { deploymentQueries } from "./queries";

/** The interval of reading the list while it contains an unfinished deployment; otherwise it is not read again. */
const MOVING_MS = 4_000;

export function DeploymentList() {
  const t = useTranslations("deployments");
  const { filter, setFilter, clear, isFiltered } = useSearchFilter(shapedBy(DeploymentFilter));
  const query = useInfiniteQuery({
    ...deploymentQueries.list(filter),
    refetchInterval: ({ state }) => (allItems(state.data)?.some((item) => !isFinished(item.state)) ? MOVING_MS : false),
  });
  const items = allItems(query.data);
  return (
    <>
      <DeploymentFilters filter={filter} onChange={setFilter} onClear={isFiltered ? clear : undefined} />
      <Card flush className="overflow-hidden">
        <ListPanel query={query} items={items} empty={<Empty isFiltered={isFiltered} onClear={clear} />}>
          {(deployments) => (
            <>
              <div
                aria-hidden
                className={cn(
                  "hidden h-9 items-center gap-x-4 border-b px-4 font-medium text-faint text-xs @3xl/page:grid",
                  deploymentColumns,
                )}
              >
                <span>{t("service")}</span>
                <span>{t("state")}</span>
                <span>{t("phases")}</span>
                <span className="text-end">{t("duration")}</span>
                <span>{t("who")}</span>
                <span className="text-end">{t("when")}</span>
              </div>
              <ul className="divide-y">
                {deployments.map((deployment) => (
                  <li key={deployment.id}>
                    <DeploymentRow deployment={deployment} scaleMs={phaseScale(deployments)} />
                  </li>
                ))}
              </ul>
            </>
          )}
        </ListPanel>
      </Card>
    </>
  );
}

function Empty({ isFiltered, onClear }: { isFiltered: boolean; onClear: () => void }) {
  const t = useTranslations("deployments");
  const mayDeploy = useCan()("deployment:create");
  if (isFiltered) {
    return (
      <EmptyState
        icon={SearchX}
        title={t("noMatchTitle")}
        text={t("noMatchText")}
        action={<Button onClick={onClear}>{t("clearFilters")}</Button>}
      />
    );
  }
  const action = mayDeploy && (
    <Button asChild variant="primary">
      <Link href="/services">{t("emptyAction")}</Link>
    </Button>
  );
  return <EmptyState icon={Rocket} title={t("emptyTitle")} text={t("emptyText")} action={action} />;
}

interface Props {
  filter: DeploymentFilter;
  onChange: (change: Record<string, string | undefined>) => void;
  /** Absent while there is nothing to clear. */
  onClear: (() => void) | undefined;
}

function DeploymentFilters({ filter, onChange, onClear }: Props) {
  const t = useTranslations();
  return (
    <div className="mb-3 flex flex-wrap gap-2">
      <Select
        compact
        aria-label={t("deployments.state")}
        value={filter.state ?? ""}
        onChange={({ target }) => onChange({ state: target.value })}
      >
        <option value="">{t("deployments.allStates")}</option>
        {DEPLOYMENT_STATES.map((state) => (
          <option key={state} value={state}>
            {t(`states.${state}`)}
          </option>
        ))}
      </Select>
      <ServicePicker
        label={t("deployments.service")}
        value={filter.service ?? ""}
        onChange={(service) => onChange({ service })}
        className="w-48"
      />
      <Select
        compact
        aria-label={t("deployments.kind")}
        value={filter.kind ?? ""}
        onChange={({ target }) => onChange({ kind: target.value })}
      >
        <option value="">{t("deployments.allKinds")}</option>
        {DEPLOYMENT_KINDS.map((kind) => (
          <option key={kind} value={kind}>
            {t(`kinds.${kind}`)}
          </option>
        ))}
      </Select>
      {onClear && (
        <Button variant="ghost" onClick={onClear}>
          {t("deployments.clearFilters")}
        </Button>
      )}
    </div>
  );
}
