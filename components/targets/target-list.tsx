"use client";

import { useQuery } from "@tanstack/react-query";
import { Plus, Server } from "lucide-react";
import { useTranslations } from "next-intl";
import { Page, PageHeader } from "@/components/layout/page";
import { useCan } from "@/components/layout/viewer";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { Link } from "@/components/ui/link";
import { ListPanel } from "@/components/ui/list-panel";
import { TimeAgo } from "@/components/ui/time";
import type { TargetView } from "@/lib/contracts/target";
import { TARGET_KINDS } from "./kinds";
import { targetQueries } from "./queries";
import { CheckTarget, DisableTarget } from "./target-actions";
import { TargetReach } from "./target-reach";
import { TargetsSkeleton } from "./targets-skeleton";

/** Workers check servers in the background. */
const REFRESH_MS = 30_000;

export function TargetList() {
  const t = useTranslations("targets");
  const query = useQuery({ ...targetQueries.list(), refetchInterval: REFRESH_MS });
  const empty = (
    <Card>
      <EmptyState icon={Server} title={t("emptyTitle")} text={t("emptyText")} action={<AddTarget />} />
    </Card>
  );
  return (
    <Page>
      <PageHeader title={t("title")} description={t("description")} actions={<AddTarget />} />
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

function AddTarget() {
  const t = useTranslations("targets");
  if (!useCan()("target:write")) return null;
  return (
    <Button asChild variant="primary">
      <Link href="/targets/new">
        <Plus aria-hidden />
        {t("add")}
      </Link>
    </Button>
  );
}

function TargetCard({ target }: { target: TargetView }) {
  const t = useTranslations("targets");
  const mayChange = useCan()("target:write");
  const { name, readOnly, lastCheckAt } = target;
  const { Address, Body } = TARGET_KINDS[target.kind];
  return (
    <article className="overflow-hidden rounded-lg border bg-surface">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-2 border-b px-4 py-3">
        <div className="min-w-0 flex-1 basis-56">
          <h2 className="flex flex-wrap items-center gap-x-2.5 gap-y-1 font-medium text-base">
            <Link href={`/targets/${encodeURIComponent(name)}`} className="underline-offset-4 hover:underline">
              <bdi>{name}</bdi>
            </Link>
            <TargetReach target={target} />
            {readOnly && <Badge>{t("readOnly")}</Badge>}
          </h2>
          <p className="text-muted text-sm">
            <Address target={target} />
            {lastCheckAt && (
              <>
                {" · "}
                {t.rich("checkedWhen", { when: () => <TimeAgo at={lastCheckAt} /> })}
              </>
            )}
          </p>
        </div>
        {mayChange && (
          <div className="flex gap-2">
            <DisableTarget target={target} />
            <CheckTarget name={name} />
          </div>
        )}
      </header>
      <Body target={target} />
    </article>
  );
}
