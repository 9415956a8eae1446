"use client";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Boxes, Pencil } from "lucide-react";
import { useTranslations } from "next-intl";
import { allItems } from "@/components/api/paged";
import { OrphanCard } from "@/components/drift/orphans";
import { TargetDrift } from "@/components/drift/target-drift";
import { Crumbs } from "@/components/layout/crumbs";
import { Page } from "@/components/layout/page";
import { useCan } from "@/components/layout/viewer";
import { serviceQueries } from "@/components/services/queries";
import { ServiceTable } from "@/components/services/service-table";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { ErrorPanel } from "@/components/ui/error-panel";
import { Link } from "@/components/ui/link";
import { ListPanel } from "@/components/ui/list-panel";
import { TimeAgo } from "@/components/ui/time";
import type { TargetView } from "@/lib/contracts/target";
import { CheckTarget } from "./check-target";
import { DisableTarget } from "./disable-target";
import { PreflightCard } from "./preflight-card";
import { targetQueries } from "./queries";
import { RemoveTarget } from "./remove-target";
import { StacksHere } from "./stacks-here";
import { TargetAddress } from "./target-address";
import { TargetBody } from "./target-body";
import { TargetReach } from "./target-reach";
import { TargetsSkeleton } from "./targets-skeleton";
import { WhoMayDeploy } from "./who-may-deploy";

/** Workers look at servers in the background. */
const LOOKED_AT_AGAIN_MS = 30_000;

/** One target with everything that is known of it, and what lives there. */
export function TargetPage({ name }: { name: string }) {
  const query = useQuery({ ...targetQueries.detail(name), refetchInterval: LOOKED_AT_AGAIN_MS });
  const may = useCan();
  const mayChange = may("target:write");
  const target = query.data;
  if (!target && query.error) return <ErrorPanel error={query.error} retry={query.refetch} />;
  if (!target) return <TargetsSkeleton />;
  return (
    <Page>
      <Crumbs trail={[{ label: name }]} />
      <header className="mb-5 flex flex-wrap items-start gap-x-6 gap-y-3">
        <div className="min-w-0 flex-1 basis-72">
          <Title target={target} />
          <Description target={target} />
        </div>
        {mayChange && <Actions target={target} />}
      </header>
      <div className="flex flex-col gap-4">
        <article className="overflow-hidden rounded-lg border bg-surface">
          <TargetBody isWhole target={target} />
        </article>
        {target.dokploy ? (
          <>
            <PreflightCard target={target} />
            <TargetDrift target={target} />
            <StacksHere target={name} />
          </>
        ) : (
          <>
            <TargetDrift target={target} />
            <ServicesHere name={name} />
          </>
        )}
        <WhoMayDeploy target={target} />
        {may("resource:remove") && <OrphanCard target={name} />}
        {mayChange && !target.readOnly && <RemoveTarget target={target} />}
      </div>
    </Page>
  );
}

function Title({ target }: { target: TargetView }) {
  const t = useTranslations("targets");
  return (
    <h1 className="flex flex-wrap items-center gap-x-3 gap-y-1 font-semibold text-xl tracking-tight">
      <bdi>{target.name}</bdi>
      <TargetReach target={target} className="tracking-normal" />
      {target.readOnly && <Badge className="tracking-normal">{t("readOnly")}</Badge>}
    </h1>
  );
}

function Description({ target }: { target: TargetView }) {
  const t = useTranslations("targets");
  const { lastCheckAt } = target;
  return (
    <p className="mt-0.5 text-muted">
      <TargetAddress target={target} />
      {lastCheckAt && (
        <>
          {" · "}
          {t.rich("checkedWhen", { when: () => <TimeAgo at={lastCheckAt} /> })}
        </>
      )}
    </p>
  );
}

function Actions({ target }: { target: TargetView }) {
  const t = useTranslations("targets");
  return (
    <div className="flex flex-wrap gap-2">
      <DisableTarget target={target} />
      {target.kind !== "local" && !target.readOnly && (
        <Button asChild>
          <Link href={`/targets/${encodeURIComponent(target.name)}/edit`}>
            <Pencil aria-hidden />
            {t("edit")}
          </Link>
        </Button>
      )}
      {!target.dokploy && <CheckTarget name={target.name} />}
    </div>
  );
}

function ServicesHere({ name }: { name: string }) {
  const t = useTranslations("targets");
  const query = useInfiniteQuery(serviceQueries.list({ target: name }));
  const empty = <EmptyState icon={Boxes} title={t("noServicesTitle")} text={t("noServicesText")} />;
  return (
    <Card flush title={t("servicesHere")} className="overflow-hidden">
      <ListPanel query={query} items={allItems(query.data)} empty={empty}>
        {(services) => <ServiceTable services={services} />}
      </ListPanel>
    </Card>
  );
}
