"use client";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Boxes, Plus, SearchX } from "lucide-react";
import { useTranslations } from "next-intl";
import { allItems } from "@/components/api/paged";
import { Page, PageHeader } from "@/components/layout/page";
import { useCan } from "@/components/layout/viewer";
import { targetQueries } from "@/components/targets/queries";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { Select } from "@/components/ui/input";
import { Link } from "@/components/ui/link";
import { ListPanel } from "@/components/ui/list-panel";
import { SearchBox } from "@/components/ui/search-box";
import { shapedBy, useSearchFilter } from "@/components/ui/use-search-filter";
import { SERVICE_STATUSES } from "@/lib/contracts/service-status";
import { ServiceFilter, serviceQueries } from "./queries";
import { isChanging } from "./service-status";
import { ServiceTable } from "./service-table";

/** The list is refreshed often while one of its services changes; an idle service may still go down. */
const MOVING_MS = 4_000;
const CALM_MS = 15_000;

export function ServiceList() {
  const t = useTranslations("services");
  const { filter, setFilter, clear, isFiltered } = useSearchFilter(shapedBy(ServiceFilter));
  const query = useInfiniteQuery({
    ...serviceQueries.list(filter, "name"),
    placeholderData: (before) => before,
    refetchInterval: ({ state }) => (allItems(state.data)?.some(isChanging) ? MOVING_MS : CALM_MS),
  });
  return (
    <Page>
      <PageHeader title={t("title")} description={t("description")} actions={<NewServiceButton />} />
      <ServiceFilters filter={filter} onChange={setFilter} onClear={isFiltered ? clear : undefined} />
      <Card flush className="overflow-hidden">
        <ListPanel query={query} items={allItems(query.data)} empty={<Empty isFiltered={isFiltered} onClear={clear} />}>
          {(services) => <ServiceTable services={services} />}
        </ListPanel>
      </Card>
    </Page>
  );
}

function NewServiceButton() {
  const t = useTranslations("services");
  if (!useCan()("service:create")) return null;
  return (
    <Button asChild variant="primary">
      <Link href="/services/new">
        <Plus aria-hidden />
        {t("new")}
      </Link>
    </Button>
  );
}

function Empty({ isFiltered, onClear }: { isFiltered: boolean; onClear: () => void }) {
  const t = useTranslations("services");
  if (!isFiltered)
    return <EmptyState icon={Boxes} title={t("emptyTitle")} text={t("emptyText")} action={<NewServiceButton />} />;
  const clear = <Button onClick={onClear}>{t("clearFilters")}</Button>;
  return <EmptyState icon={SearchX} title={t("noMatchTitle")} text={t("noMatchText")} action={clear} />;
}

interface FilterProps {
  filter: ServiceFilter;
  onChange: (change: Record<string, string | undefined>) => void;
  /** Absent while there is nothing to clear. */
  onClear: (() => void) | undefined;
}

function ServiceFilters({ filter, onChange, onClear }: FilterProps) {
  const t = useTranslations("services");
  const targets = useQuery(targetQueries.list()).data ?? [];
  return (
    <div className="mb-3 flex flex-wrap gap-2">
      <SearchBox
        label={t("search")}
        value={filter.search ?? ""}
        onChange={(search) => onChange({ search })}
        className="w-full @lg/page:w-64"
      />
      <Select
        compact
        aria-label={t("state")}
        value={filter.status ?? ""}
        onChange={({ target }) => onChange({ status: target.value })}
      >
        <option value="">{t("allStatuses")}</option>
        {SERVICE_STATUSES.map((status) => (
          <option key={status} value={status}>
            {t(`statuses.${status}`)}
          </option>
        ))}
      </Select>
      {(targets.length > 1 || filter.target) && (
        <Select
          compact
          aria-label={t("target")}
          value={filter.target ?? ""}
          onChange={({ target }) => onChange({ target: target.value })}
        >
          <option value="">{t("allTargets")}</option>
          {targets.map(({ id, name }) => (
            <option key={id}>{name}</option>
          ))}
        </Select>
      )}
      {onClear && (
        <Button variant="ghost" onClick={onClear}>
          {t("clearFilters")}
        </Button>
      )}
    </div>
  );
}
