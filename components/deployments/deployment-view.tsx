"use client";

import { useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Crumbs } from "@/components/layout/crumbs";
import { Page } from "@/components/layout/page";
import { PageMark } from "@/components/layout/page-mark";
import { ErrorPanel } from "@/components/ui/error-panel";
import { deploymentQueries } from "@/lib/client/deployments";
import { readLogFilter } from "@/lib/client/log-rows";
import { useDeploymentEvents } from "@/lib/client/use-deployment-events";
import { useLineHash } from "@/lib/client/use-line-hash";
import { useSearchFilter } from "@/lib/client/use-search-filter";
import type { DeploymentView as View } from "@/lib/contracts/deployment";
import { isPlatformDriver } from "@/lib/contracts/target-kind";
import { Announcer } from "./announcer";
import { DeploymentHeader } from "./deployment-header";
import { DeploymentSkeleton } from "./deployment-skeleton";
import { deploymentIcon, deploymentTitle } from "./deployment-title";
import { DetailToggle } from "./detail-toggle";
import { FailurePanel } from "./failure-panel";
import { LogView } from "./log-view";
import { PhaseTimeline } from "./phase-timeline";
import { QueuePanel } from "./queue-panel";
import { ResultPanel } from "./result-panel";
import { serviceHref } from "./service-href";
import { Warnings } from "./warnings";

/** Of the few deployments that are of a stack. */
const StackProgress = dynamic(() => import("./stack-progress").then((module) => module.StackProgress));

/** Its place in the queue is nobody's event: asked for while it waits. */
const QUEUE_MS = 4_000;

export function DeploymentView({ id }: { id: string }) {
  const deployment = useQuery({
    ...deploymentQueries.detail(id),
    refetchInterval: ({ state }) => (state.data?.state === "queued" ? QUEUE_MS : false),
  });
  if (deployment.data) return <Loaded key={id} view={deployment.data} />;
  if (deployment.error) return <ErrorPanel error={deployment.error} retry={deployment.refetch} />;
  return <DeploymentSkeleton />;
}

function Loaded({ view }: { view: View }) {
  const t = useTranslations();
  const { filter, setFilter } = useSearchFilter(readLogFilter);
  const { log, isLive, isConnected } = useDeploymentEvents(view);
  const [line] = useLineHash();
  const isStack = isPlatformDriver(view.driver);
  const [toggled, toggle] = useState<boolean>();
  const showsDetails = toggled ?? (!isStack || line !== undefined);
  return (
    <>
      <Crumbs trail={[{ label: view.service.name, href: serviceHref(view) }, { label: `#${view.number}` }]} />
      <Page className="mb-4 flex flex-col gap-4">
        <DeploymentHeader view={view} isBrief={isStack} />
        {isStack ? (
          <>
            <StackProgress view={view} />
            <Warnings view={view} />
            <DetailToggle isOpen={showsDetails} onToggle={() => toggle(!showsDetails)} />
          </>
        ) : (
          <>
            <QueuePanel view={view} />
            <FailurePanel view={view} />
          </>
        )}
        {showsDetails && (
          <PhaseTimeline view={view} selected={filter.phase} onSelect={(phase) => setFilter({ phase })} />
        )}
        {!isStack && <Warnings view={view} />}
        {showsDetails && <ResultPanel view={view} />}
      </Page>
      {showsDetails && <LogView {...{ view, log, filter, isLive, isConnected }} onFilter={setFilter} />}
      <Announcer view={view} />
      <PageMark
        title={deploymentTitle(view, { phase: (key) => t(`phases.${key}`), state: (state) => t(`states.${state}`) })}
        icon={deploymentIcon(view.state)}
      />
    </>
  );
}
