"use client";

import { HealthCard } from "./health-card";
import { NowCard } from "./now-card";
import { ServiceHistory } from "./service-history";
import { useService } from "./use-service";

export function ServiceOverview({ name }: { name: string }) {
  const service = useService(name);
  if (!service) return null;
  return (
    <>
      <div className="grid gap-4 *:min-w-0 @4xl/page:grid-cols-2">
        <NowCard service={service} />
        <HealthCard service={service} />
      </div>
      <ServiceHistory service={service} />
    </>
  );
}
