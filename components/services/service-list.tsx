"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { Boxes, Plus, SearchX } from "lucide-react";
import { useTranslations } from "next-intl";
import { allItems } from "@/components/api/paged";
import { Page, PageHeader } from "@/components/layout/page";
import { useCan } from "@/components/layout/viewer";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { Link } from "@/components/ui/link";
import { ListPanel } from "@/components/ui/list-panel";
import { shapedBy, useSearchFilter } from "@/components/ui/use-search-filter";
import { ServiceFilter, serviceQueries } from "./queries";
import { ServiceFilters } from "./service-filters";
import { isChanging } from "./service-status";
import { ServiceTable } from "./service-table";

/** While a service on the list moves, it is asked for often; one at rest may still go down. */
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

export function NewServiceButton() {
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
