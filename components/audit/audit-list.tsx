"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { Download, ScrollText, SearchX } from "lucide-react";
import { useTranslations } from "next-intl";
import { allItems } from "@/components/api/paged";
import { Page } from "@/components/layout/page";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { ListPanel } from "@/components/ui/list-panel";
import { PageHeader } from "@/components/ui/page-header";
import { shapedBy, useSearchFilter } from "@/components/ui/use-search-filter";
import { AuditFilters } from "./audit-filters";
import { AuditRow, auditColumns } from "./audit-row";
import { AuditFilter, auditExportAddress, auditQueries } from "./queries";

export function AuditList() {
  const t = useTranslations("audit");
  const { filter, setFilter, clear, isFiltered } = useSearchFilter(shapedBy(AuditFilter));
  const query = useInfiniteQuery(auditQueries.list(filter));
  const exported = (
    <Button asChild>
      <a href={auditExportAddress(filter)} download>
        <Download aria-hidden />
        {t("export")}
      </a>
    </Button>
  );
  return (
    <Page>
      <PageHeader title={t("title")} description={t("description")} actions={exported} />
      <AuditFilters filter={filter} onChange={setFilter} onClear={isFiltered ? clear : undefined} />
      <Card flush className="overflow-hidden">
        <ListPanel query={query} items={allItems(query.data)} empty={<Empty isFiltered={isFiltered} onClear={clear} />}>
          {(events) => (
            <>
              <div
                aria-hidden
                className={`hidden h-9 items-center gap-x-4 border-b px-4 font-medium text-faint text-xs @3xl/page:grid ${auditColumns}`}
              >
                <span>{t("when")}</span>
                <span>{t("who")}</span>
                <span>{t("what")}</span>
                <span>{t("details")}</span>
              </div>
              <ul className="divide-y">
                {events.map((event) => (
                  <AuditRow key={event.id} event={event} />
                ))}
              </ul>
            </>
          )}
        </ListPanel>
      </Card>
    </Page>
  );
}

function Empty({ isFiltered, onClear }: { isFiltered: boolean; onClear: () => void }) {
  const t = useTranslations("audit");
  if (!isFiltered) return <EmptyState icon={ScrollText} title={t("emptyTitle")} text={t("emptyText")} />;
  return (
    <EmptyState
      icon={SearchX}
      title={t("noMatchTitle")}
      text={t("noMatchText")}
      action={<Button onClick={onClear}>{t("clearFilters")}</Button>}
    />
  );
}
