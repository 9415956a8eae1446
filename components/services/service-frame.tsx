"use client";

import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Crumbs } from "@/components/layout/crumbs";
import { Page } from "@/components/layout/page";
import { PageMark } from "@/components/layout/page-mark";
import { ErrorPanel } from "@/components/ui/error-panel";
import type { ServiceDetail } from "@/lib/contracts/service";
import { serviceQueries } from "./queries";
import { ServiceHeader } from "./service-header";
import { ServiceSkeleton } from "./service-skeleton";
import { isChanging, useStatusWords } from "./service-status";
import { ServiceTabs } from "./service-tabs";

const MOVING_MS = 3_000;
/** What its host lost is seen by a worker, without a word to the page. */
const CALM_MS = 15_000;

/** What every part of a service's page has around it. */
export function ServiceFrame({ name, children }: { name: string; children: ReactNode }) {
  const service = useQuery({
    ...serviceQueries.detail(name),
    refetchInterval: ({ state }) => (state.data && isChanging(state.data) ? MOVING_MS : CALM_MS),
  });
  if (!service.data && service.error) return <ErrorPanel error={service.error} retry={service.refetch} />;
  if (!service.data) return <ServiceSkeleton />;
  return (
    <Page>
      <Crumbs trail={[{ label: name }]} />
      <Title service={service.data} />
      <ServiceHeader service={service.data} />
      <ServiceTabs service={service.data} />
      <div className="flex flex-col gap-4 pt-5">{children}</div>
    </Page>
  );
}

/** `shop: Live · release 4, #7 failed` */
function Title({ service }: { service: ServiceDetail }) {
  const { live, last } = useStatusWords()(service);
  return <PageMark title={`${service.name}: ${[live, last].filter(Boolean).join(", ")}`} />;
}
