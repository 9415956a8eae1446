"use client";

import { useQuery } from "@tanstack/react-query";
import { useTimeZone, useTranslations } from "next-intl";
import { Page } from "@/components/layout/page";
import { ErrorPanel } from "@/components/ui/error-panel";
import { PageHeader } from "@/components/ui/page-header";
import type { Overview as View } from "@/lib/contracts/overview";
import { Activity } from "./activity";
import { AttentionList } from "./attention-list";
import { Figures } from "./figures";
import { FirstSteps } from "./first-steps";
import { OverviewSkeleton } from "./overview-skeleton";
import { overviewQueries } from "./queries";
import { RunningList } from "./running-list";
import { ServiceListCard, StatusCounts } from "./service-list-card";
import { Summary } from "./summary";
import { TargetList } from "./target-list";

export function Overview() {
  const overview = useQuery(overviewQueries.of(useTimeZone() ?? "UTC"));
  if (overview.data) return <Loaded view={overview.data} />;
  if (overview.error) return <ErrorPanel error={overview.error} retry={overview.refetch} />;
  return <OverviewSkeleton />;
}

/** What is wrong and what moves come first; then how it stands, and how it has been. */
function Loaded({ view }: { view: View }) {
  const t = useTranslations("overview");
  const isNew = view.services.total === 0 && view.running.total === 0;
  if (isNew) return <FirstSteps />;
  return (
    <Page>
      <PageHeader title={t("title")} description={<Summary view={view} />} />
      <StatusCounts statuses={view.services.statuses} />
      <div className="grid gap-4 @4xl/page:grid-cols-[minmax(0,1.35fr)_minmax(0,1fr)]">
        <div className="flex min-w-0 flex-col gap-4">
          <RunningList running={view.running} />
          <AttentionList attention={view.attention} />
          <ServiceListCard services={view.services} />
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <Figures view={view} />
          <Activity days={view.days} />
          <TargetList targets={view.targets} />
        </div>
      </div>
    </Page>
  );
}
