"use client";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { ChevronDown, Rocket } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { allItems } from "@/components/api/paged";
import { DeploymentRow, phaseScale } from "@/components/deployments/deployment-row";
import { deploymentQueries } from "@/components/deployments/queries";
import { ServiceDrift } from "@/components/drift/service-drift";
import { Crumbs } from "@/components/layout/crumbs";
import { Page } from "@/components/layout/page";
import { RuntimeLog } from "@/components/services/runtime-log";
import { Uptime } from "@/components/services/uptime-strip";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { EmptyState } from "@/components/ui/empty-state";
import { ErrorPanel } from "@/components/ui/error-panel";
import { ListPanel } from "@/components/ui/list-panel";
import { TimeAgo } from "@/components/ui/time";
import type { StackSummary } from "@/lib/contracts/stack";
import { stackQueries } from "./queries";
import { StackActions } from "./stack-actions";
import { StackAddress, StackAnnouncer, StackState } from "./stack-state";
import { StacksSkeleton } from "./stacks-skeleton";

/** One stack: its address and state, its actions, its history. */
export function StackPage({ name }: { name: string }) {
  const query = useQuery(stackQueries.detail(name));
  if (!query.data && query.error) return <ErrorPanel error={query.error} retry={query.refetch} />;
  return (
    <Page className="flex flex-col gap-5">
      <Crumbs trail={[{ label: name }]} />
      {query.data ? <Loaded stack={query.data} /> : <StacksSkeleton />}
    </Page>
  );
}

function Loaded({ stack }: { stack: StackSummary }) {
  const t = useTranslations("stacks");
  const { name, state, owner, target, template, createdAt, currentRelease } = stack;
  return (
    <>
      <header className="flex flex-wrap items-start gap-x-6 gap-y-3">
        <div className="min-w-0 flex-1 basis-80">
          <h1 className="flex flex-wrap items-center gap-x-3 gap-y-1 font-semibold text-xl tracking-tight">
            <bdi>{name}</bdi>
            <StackState state={state} className="tracking-normal" />
          </h1>
          <StackAddress stack={stack} className="mt-1 text-lg" />
          {state === "failed" && currentRelease && (
            <p className="text-muted">{t("stillRuns", { number: currentRelease.number })}</p>
          )}
          <p className="mt-1 flex flex-wrap gap-x-3 text-muted text-sm">
            {template && <span>{t.rich("fromTemplate", { name: () => <bdi>{template}</bdi> })}</span>}
            <span>{t.rich("onTarget", { name: () => <bdi>{target.name}</bdi> })}</span>
            <span>{t.rich("ownedBy", { name: () => <bdi>{owner.name}</bdi> })}</span>
            <span>{t.rich("madeWhen", { when: () => <TimeAgo at={createdAt} /> })}</span>
          </p>
        </div>
        <StackActions stack={stack} className={state === "down" ? undefined : "@max-lg/page:-mx-3"} />
      </header>
      {stack.check && stack.check.condition !== "good" && <ServiceDrift check={stack.check} />}
      {currentRelease && (
        <Card title={t("health")}>
          <Uptime name={name} />
        </Card>
      )}
      <History stack={stack} />
      {currentRelease && <Log name={name} />}
      <StackAnnouncer stacks={[stack]} />
    </>
  );
}

/** The service's own output, requested only when it is opened. */
function Log({ name }: { name: string }) {
  const t = useTranslations("stacks");
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button variant="ghost" className="self-center" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {t(isOpen ? "hideLog" : "showLog")}
        <ChevronDown aria-hidden className={cn("transition-transform", isOpen && "rotate-180")} />
      </Button>
      {isOpen && <RuntimeLog name={name} />}
    </>
  );
}

function History({ stack: { name, lastDeployment } }: { stack: StackSummary }) {
  const t = useTranslations("stacks");
  const query = useInfiniteQuery({
    ...deploymentQueries.list({ service: name }),
    // The list is read again when the newest deployment changes.
    queryKey: [...deploymentQueries.list({ service: name }).queryKey, lastDeployment?.id, lastDeployment?.state],
    placeholderData: (before) => before,
  });
  return (
    <Card flush title={t("history")} className="overflow-hidden">
      <ListPanel
        query={query}
        items={allItems(query.data)}
        empty={<EmptyState icon={Rocket} title={t("historyEmpty")} />}
      >
        {(deployments) => (
          <ul className="divide-y">
            {deployments.map((deployment) => (
              <li key={deployment.id}>
                <DeploymentRow hideService deployment={deployment} scaleMs={phaseScale(deployments)} />
              </li>
            ))}
          </ul>
        )}
      </ListPanel>
    </Card>
  );
}
