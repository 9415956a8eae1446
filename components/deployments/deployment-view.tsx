"use client";

import { useQuery } from "@tanstack/react-query";
import { ChevronDown, Hourglass } from "lucide-react";
import dynamic from "next/dynamic";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Crumbs } from "@/components/layout/crumbs";
import { Page } from "@/components/layout/page";
import { PageMark } from "@/components/layout/page-mark";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { ErrorPanel } from "@/components/ui/error-panel";
import { Skeleton } from "@/components/ui/skeleton";
import { useSearchFilter } from "@/components/ui/use-search-filter";
import type { DeploymentView as View } from "@/lib/contracts/deployment";
import { isPlatformDriver } from "@/lib/contracts/target-kind";
import { useDeploymentEvents } from "./deployment-events";
import { DeploymentHeader } from "./deployment-header";
import { FailurePanel, ResultPanel, Warnings } from "./deployment-outcome";
import { deploymentIcon, deploymentTitle, serviceHref } from "./deployment-title";
import { readLogFilter } from "./log-source";
import { LogView } from "./log-view";
import { PhaseTimeline } from "./phase-timeline";
import { deploymentQueries } from "./queries";
import { useLineHash } from "./use-log";

/** No event reports the position in the queue, so a queued deployment is read again at this interval. */
const QUEUE_MS = 4_000;

const ROWS = ["a", "b", "c", "d", "e", "f"];

/** Loaded only for deployments of a stack. */
const StackProgress = dynamic(() => import("./stack-progress").then((module) => module.StackProgress));

export function DeploymentView({ id }: { id: string }) {
  const deployment = useQuery({
    ...deploymentQueries.detail(id),
    refetchInterval: ({ state }) => (state.data?.state === "queued" ? QUEUE_MS : false),
  });
  if (deployment.data) return <Loaded key={id} view={deployment.data} />;
  if (deployment.error) return <ErrorPanel error={deployment.error} retry={deployment.refetch} />;
  return <DeploymentSkeleton />;
}

function DeploymentSkeleton() {
  return (
    <>
      <Page className="mb-4 flex flex-col gap-4">
        <div>
          <Skeleton className="h-7 w-56" />
          <Skeleton className="mt-3 h-5 w-80 max-w-full" />
        </div>
        <Card flush>
          <div className="divide-y">
            {ROWS.map((row) => (
              <div key={row} className="flex h-10 items-center gap-4 px-4">
                <Skeleton className="w-32" />
                <Skeleton className="h-2.5 flex-1" />
              </div>
            ))}
          </div>
        </Card>
      </Page>
      <Card>
        <Skeleton className="h-72" />
      </Card>
    </>
  );
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

function QueuePanel({ view }: { view: View }) {
  const t = useTranslations("deployment");
  if (view.state !== "queued" || view.position === null) return null;
  return (
    <div className="flex items-start gap-3 rounded-lg border bg-surface px-4 py-3">
      <Hourglass aria-hidden className="mt-0.5 size-4 shrink-0 text-queued" />
      <div>
        <p className="font-medium">{t("position", { position: view.position, service: view.service.name })}</p>
        <p className="text-muted">{t("positionText")}</p>
      </div>
    </div>
  );
}

/** Shows or hides every phase with its times, and the log. */
function DetailToggle({ isOpen, onToggle }: { isOpen: boolean; onToggle: () => void }) {
  const t = useTranslations("stackProgress");
  return (
    <Button variant="ghost" className="self-center" aria-expanded={isOpen} onClick={onToggle}>
      {t(isOpen ? "hideDetails" : "showDetails")}
      <ChevronDown aria-hidden className={cn("transition-transform", isOpen && "rotate-180")} />
    </Button>
  );
}

/** Announces each change of state or phase to screen readers. */
function Announcer({ view }: { view: View }) {
  const t = useTranslations();
  const phase = view.phases.findLast(({ status }) => status !== "pending" && status !== "undone");
  const state = t("deployment.nowState", {
    service: view.service.name,
    number: view.number,
    state: t(`states.${view.state}`),
  });
  const step =
    phase && t("deployment.nowPhase", { phase: t(`phases.${phase.key}`), status: t(`phaseStatus.${phase.status}`) });
  return (
    <p aria-live="polite" className="sr-only">
      {[state, step].filter(Boolean).join(". ")}
    </p>
  );
}
