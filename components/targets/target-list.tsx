"use client";

import { useQuery } from "@tanstack/react-query";
import { Server } from "lucide-react";
import { useTranslations } from "next-intl";
import { Page } from "@/components/layout/page";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { ListPanel } from "@/components/ui/list-panel";
import { PageHeader } from "@/components/ui/page-header";
import { targetQueries } from "@/lib/client/targets";
import { TargetCard } from "./target-card";
import { TargetsSkeleton } from "./targets-skeleton";

export function TargetList() {
  const t = useTranslations("targets");
  const query = useQuery(targetQueries.list());
  const empty = (
    <Card>
      <EmptyState icon={Server} title={t("emptyTitle")} text={t("emptyText")} />
    </Card>
  );
  return (
    <Page>
      <PageHeader title={t("title")} description={t("description")} />
      <ListPanel query={query} items={query.data} empty={empty} skeleton={<TargetsSkeleton />}>
        {(targets) => (
          <ul className="grid gap-4">
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
