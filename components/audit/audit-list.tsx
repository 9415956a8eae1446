"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { Download, ScrollText, SearchX } from "lucide-react";
import { useTranslations } from "next-intl";
import { allItems } from "@/components/api/paged";
import { Page, PageHeader } from "@/components/layout/page";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { EmptyState } from "@/components/ui/empty-state";
import { Link } from "@/components/ui/link";
import { ListPanel } from "@/components/ui/list-panel";
import { ClockMoment } from "@/components/ui/time";
import { shapedBy, useSearchFilter } from "@/components/ui/use-search-filter";
import type { AuditView } from "@/lib/contracts/user";
import { AuditFilters, actionKey, subjectAddress } from "./audit-filters";
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

const auditColumns = "@3xl/page:grid-cols-[8.5rem_minmax(6rem,9rem)_minmax(12rem,1fr)_minmax(12rem,1.3fr)]";

function AuditRow({ event }: { event: AuditView }) {
  const t = useTranslations("audit");
  const { at, actor, action, ip } = event;
  const key = `actions.${actionKey(action)}` as Parameters<typeof t.has>[0];
  return (
    <li
      className={cn(
        "grid grid-cols-[minmax(0,1fr)_auto] gap-x-4 gap-y-0.5 px-4 py-2.5 @3xl/page:items-baseline @3xl/page:py-2",
        auditColumns,
      )}
    >
      <span className="text-muted text-sm @max-3xl/page:order-3">
        <ClockMoment at={at} />
      </span>
      <span
        className="min-w-0 truncate @max-3xl/page:order-2 @max-3xl/page:text-muted @max-3xl/page:text-sm"
        title={ip ?? undefined}
      >
        <bdi>{actor.name}</bdi>
      </span>
      <span className="min-w-0 @max-3xl/page:order-1 @max-3xl/page:col-span-2">
        {t.has(key) ? t(key) : <code className="figures">{action}</code>} <Subject subject={event.subject} />
      </span>
      <AuditDetails details={event.details} className="@max-3xl/page:order-4 @max-3xl/page:col-span-2" />
    </li>
  );
}

function Subject({ subject }: { subject: AuditView["subject"] }) {
  const address = subjectAddress(subject);
  const name = <bdi>{subject.name ?? subject.id}</bdi>;
  return address ? (
    <Link href={address} className="break-words font-medium underline-offset-4 hover:underline">
      {name}
    </Link>
  ) : (
    <span className="break-words font-medium">{name}</span>
  );
}

/** The changes, name by name, as they were recorded; the trail is not translated. */
function AuditDetails({ details, className }: { details: AuditView["details"]; className?: string }) {
  const { deploymentId, number, ...rest } = detailsOf(details);
  const isDeployment = typeof deploymentId === "string" && typeof number === "number";
  const entries = Object.entries(isDeployment ? rest : detailsOf(details)).filter(([, value]) => !isNothing(value));
  return (
    <span
      dir="ltr"
      className={cn("figures flex min-w-0 flex-wrap gap-x-3 text-[0.8125rem] text-muted rtl:justify-end", className)}
    >
      {isDeployment && (
        <Link href={`/deployments/${deploymentId}`} className="text-accent-text underline-offset-4 hover:underline">
          #{number}
        </Link>
      )}
      {entries.map(([name, value]) => (
        <span key={name} className="max-w-full truncate" title={`${name}: ${plain(value)}`}>
          <span className="text-faint">{name} </span>
          {plain(value)}
        </span>
      ))}
    </span>
  );
}

function detailsOf(details: AuditView["details"]): Record<string, unknown> {
  return isRecord(details) ? details : {};
}

function isNothing(value: unknown): boolean {
  return value === null || (Array.isArray(value) && value.length === 0);
}

function plain(value: unknown): string {
  if (Array.isArray(value)) return value.map(plain).join(", ");
  if (!isRecord(value)) return String(value ?? "–");
  if ("from" in value && "to" in value) return `${plain(value.from)} → ${plain(value.to)}`;
  if ("kind" in value) return Object.values(value).map(plain).join(" ");
  return JSON.stringify(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
