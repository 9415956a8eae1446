"use client";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Boxes, Pencil } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { Crumbs } from "@/components/layout/crumbs";
import { Page } from "@/components/layout/page";
import { ServiceTable } from "@/components/services/service-table";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { ErrorPanel } from "@/components/ui/error-panel";
import { ListPanel } from "@/components/ui/list-panel";
import { PageHeader } from "@/components/ui/page-header";
import { TimeAgo } from "@/components/ui/time-ago";
import { allItems } from "@/lib/client/paged";
import { serviceQueries } from "@/lib/client/services";
import { targetQueries } from "@/lib/client/targets";
import { useCan } from "@/lib/client/viewer";
import type { TargetView } from "@/lib/contracts/target";
import { CheckTarget } from "./check-target";
import { DisableTarget } from "./disable-target";
import { RemoveTarget } from "./remove-target";
import { sshAddress } from "./ssh-address";
import { TargetBody } from "./target-body";
import { TargetReach } from "./target-reach";
import { TargetsSkeleton } from "./targets-skeleton";

/** Workers look at servers in the background. */
const LOOKED_AT_AGAIN_MS = 30_000;

/** One target with everything that is known of it, and what lives there. */
export function TargetPage({ name }: { name: string }) {
  const query = useQuery({ ...targetQueries.detail(name), refetchInterval: LOOKED_AT_AGAIN_MS });
  const mayChange = useCan()("target:write");
  const target = query.data;
  if (!target && query.error) return <ErrorPanel error={query.error} retry={query.refetch} />;
  if (!target) return <TargetsSkeleton />;
  return (
    <Page>
      <Crumbs trail={[{ label: name }]} />
      <PageHeader
        title={<Title target={target} />}
        description={<Description target={target} />}
        actions={mayChange && <Actions target={target} />}
      />
      <div className="flex flex-col gap-4">
        <article className="overflow-hidden rounded-lg border bg-surface">
          <TargetBody target={target} />
        </article>
        <ServicesHere name={name} />
        {mayChange && !target.readOnly && <RemoveTarget target={target} />}
      </div>
    </Page>
  );
}

function Title({ target }: { target: TargetView }) {
  const t = useTranslations("targets");
  return (
    <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <bdi>{target.name}</bdi>
      <TargetReach target={target} className="tracking-normal" />
      {target.readOnly && <Badge className="tracking-normal">{t("readOnly")}</Badge>}
    </span>
  );
}

function Description({ target: { kind, ssh, lastCheckAt } }: { target: TargetView }) {
  const t = useTranslations("targets");
  return (
    <>
      {ssh ? <span className="figures break-all text-[0.96em]">{sshAddress(ssh)}</span> : t(`kinds.${kind}`)}
      {lastCheckAt && (
        <>
          {" · "}
          {t.rich("checkedWhen", { when: () => <TimeAgo at={lastCheckAt} /> })}
        </>
      )}
    </>
  );
}

function Actions({ target }: { target: TargetView }) {
  const t = useTranslations("targets");
  return (
    <>
      <DisableTarget target={target} />
      {target.ssh && !target.readOnly && (
        <Button asChild>
          <Link href={`/targets/${encodeURIComponent(target.name)}/edit`}>
            <Pencil aria-hidden />
            {t("edit")}
          </Link>
        </Button>
      )}
      <CheckTarget name={target.name} />
    </>
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
