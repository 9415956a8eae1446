"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Crumbs } from "@/components/layout/crumbs";
import { Page } from "@/components/layout/page";
import { ErrorPanel } from "@/components/ui/error-panel";
import { deploymentQueries } from "@/lib/client/deployments";
import { useDeploymentEvents } from "@/lib/client/use-deployment-events";
import { useLineHash } from "@/lib/client/use-line-hash";
import type { DeploymentView as View } from "@/lib/contracts/deployment";
import type { PhaseKey } from "@/lib/contracts/phase";
import { STACK_DRIVERS } from "@/lib/contracts/stack";
import { Announcer } from "./announcer";
import { DeploymentHeader } from "./deployment-header";
import { DeploymentSkeleton } from "./deployment-skeleton";
import { DetailToggle } from "./detail-toggle";
import { FailurePanel } from "./failure-panel";
import { LogView } from "./log-view";
import { PhaseTimeline } from "./phase-timeline";
import { QueuePanel } from "./queue-panel";
import { ResultPanel } from "./result-panel";
import { serviceHref } from "./service-href";
import { StackProgress } from "./stack-progress";
import { Warnings } from "./warnings";

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
  const [phase, setPhase] = useState<PhaseKey>();
  const { log, isLive, isConnected } = useDeploymentEvents(view);
  const [line] = useLineHash();
  const isStack = STACK_DRIVERS.has(view.driver);
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
        {showsDetails && <PhaseTimeline view={view} selected={phase} onSelect={setPhase} />}
        {!isStack && <Warnings view={view} />}
        {showsDetails && <ResultPanel view={view} />}
      </Page>
      {showsDetails && (
        <LogView view={view} log={log} phase={phase} onPhase={setPhase} isLive={isLive} isConnected={isConnected} />
      )}
      <Announcer view={view} />
    </>
  );
}
