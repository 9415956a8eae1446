"use client";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Layers, Plus } from "lucide-react";
import { useTranslations } from "next-intl";
import { allItems } from "@/components/api/paged";
import { Page, PageHeader } from "@/components/layout/page";
import { useCan, useViewer } from "@/components/layout/viewer";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { Select } from "@/components/ui/input";
import { Link } from "@/components/ui/link";
import { ListPanel } from "@/components/ui/list-panel";
import { shapedBy, useSearchFilter } from "@/components/ui/use-search-filter";
import { userQueries } from "@/components/users/queries";
import { StackFilter, stackQueries } from "./queries";
import { StackRows } from "./stack-row";
import { StackAnnouncer } from "./stack-state";
import { StacksSkeleton } from "./stacks-skeleton";
import { StacksUnconfigured } from "./stacks-unconfigured";

export function StackList() {
  const t = useTranslations("stacks");
  const seesAll = useCan()("service:read", { ownerId: null });
  const { filter, setFilter, isFiltered } = useSearchFilter(shapedBy(StackFilter));
  const query = useInfiniteQuery({
    ...stackQueries.list(seesAll ? { ...filter, all: "true" } : {}),
    placeholderData: (before) => before,
  });
  const stacks = allItems(query.data);
  return (
    <Page>
      <PageHeader
        title={t("title")}
        description={t(seesAll ? "descriptionAll" : "description")}
        actions={stacks && stacks.length > 0 && <NewStackButton text={t("new")} />}
      />
      {seesAll && <OwnerFilter owner={filter.owner} onChange={(owner) => setFilter({ owner })} />}
      <ListPanel query={query} items={stacks} empty={<Empty isFiltered={isFiltered} />} skeleton={<StacksSkeleton />}>
        {(stacks) => (
          <>
            <StackRows stacks={stacks} showOwner={seesAll} />
            <StackAnnouncer stacks={stacks} />
          </>
        )}
      </ListPanel>
    </Page>
  );
}

function NewStackButton({ text }: { text: string }) {
  if (!useCan()("service:create")) return null;
  return (
    <Button asChild variant="primary">
      <Link href="/stacks/new">
        <Plus aria-hidden />
        {text}
      </Link>
    </Button>
  );
}

/** What a stack is and how to create one; without a server or a template, how to set them up. */
function Empty({ isFiltered }: { isFiltered: boolean }) {
  const t = useTranslations("stacks");
  const offers = useQuery(stackQueries.offers());
  if (offers.data?.length === 0) return <StacksUnconfigured />;
  return (
    <Card>
      <EmptyState
        icon={Layers}
        title={t(isFiltered ? "noneTitle" : "emptyTitle")}
        text={t("emptyText")}
        action={<NewStackButton text={t("first")} />}
      />
    </Card>
  );
}

/** The owner whose stacks are shown, for people who may see all stacks. */
function OwnerFilter({
  owner,
  onChange,
}: {
  owner: string | undefined;
  onChange: (owner: string | undefined) => void;
}) {
  const t = useTranslations("stacks");
  const viewer = useViewer();
  const others = (useQuery(userQueries.everybody()).data ?? []).filter(({ id }) => id !== viewer.id);
  return (
    <div className="mb-3">
      <Select
        compact
        aria-label={t("owner")}
        value={owner ?? ""}
        onChange={({ target }) => onChange(target.value || undefined)}
      >
        <option value="">{t("everyone")}</option>
        <option value={viewer.id}>{t("mine")}</option>
        {others.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </Select>
    </div>
  );
}
