"use client";

import { useQuery } from "@tanstack/react-query";
import { Server } from "lucide-react";
import { useTranslations } from "next-intl";
import { Page, PageHeader } from "@/components/layout/page";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { ListPanel } from "@/components/ui/list-panel";
import { AddServerButton } from "./add-server-button";
import { targetQueries } from "./queries";
import { TargetCard } from "./target-card";
import { TargetsSkeleton } from "./targets-skeleton";

/** Workers look at servers in the background. */
const LOOKED_AT_AGAIN_MS = 30_000;

export function TargetList() {
  const t = useTranslations("targets");
  const query = useQuery({ ...targetQueries.list(), refetchInterval: LOOKED_AT_AGAIN_MS });
  const empty = (
    <Card>
      <EmptyState icon={Server} title={t("emptyTitle")} text={t("emptyText")} action={<AddServerButton />} />
    </Card>
  );
  return (
    <Page>
      <PageHeader title={t("title")} description={t("description")} actions={<AddServerButton />} />
      <ListPanel query={query} items={query.data} empty={empty} skeleton={<TargetsSkeleton />}>
        {(targets) => (
          <ul className="grid grid-cols-[minmax(0,1fr)] gap-4">
            {targets.map((target) => (
              <li key={target.id}>
                <TargetCard target={target} />
              </li>
            ))}
          </ul>
        )}
      </ListPanel>
    </Page>
  );
}
