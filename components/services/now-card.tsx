"use client";

import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CircleDashed, CircleHelp, CircleX, LoaderCircle, type LucideIcon } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { ServiceDrift } from "@/components/drift/service-drift";
import { Card } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { ErrorPanel } from "@/components/ui/error-panel";
import { Skeleton } from "@/components/ui/skeleton";
import { TimeAgo } from "@/components/ui/time";
import type { ServiceCheck } from "@/lib/contracts/drift";
import type { RuntimeState, ServiceDetail } from "@/lib/contracts/service";
import { releaseQueries, serviceQueries } from "./queries";
import { RegistrationLine } from "./registration-line";

const LOOKS: Record<RuntimeState["state"], { icon: LucideIcon; text: string; moving?: boolean }> = {
  running: { icon: CircleCheck, text: "text-succeeded" },
  starting: { icon: LoaderCircle, text: "text-running", moving: true },
  restarting: { icon: LoaderCircle, text: "text-warning", moving: true },
  down: { icon: CircleX, text: "text-failed" },
  absent: { icon: CircleDashed, text: "text-faint" },
  unknown: { icon: CircleHelp, text: "text-faint" },
};

/** What the host says runs now, asked again while one looks; not what was deployed last. */
export function NowCard({ service }: { service: ServiceDetail }) {
  const t = useTranslations("service");
  const state = useQuery(serviceQueries.state(service.name));
  const releases = useQuery(releaseQueries.list(service.name)).data ?? [];
  if (!state.data)
    return (
      <Card title={t("now")}>
        {state.error ? <ErrorPanel error={state.error} retry={state.refetch} /> : <Skeleton className="h-24" />}
      </Card>
    );
  const { releaseId, since, restarts, exitCode } = state.data;
  const release = releases.find(({ id }) => id === releaseId);
  return (
    <Card title={t("now")}>
      <div aria-live="polite">
        <Runtime state={state.data.state} />
      </div>
      <dl className="mt-4 grid grid-cols-2 gap-x-6 gap-y-3 @lg/page:grid-cols-3">
        <Fact label={t("since")}>{since ? <TimeAgo at={since} /> : "–"}</Fact>
        <Fact label={t("release")}>
          {release ? t("releaseFrom", { number: release.number, deployment: release.deployment.number }) : "–"}
        </Fact>
        <Fact label={t("restarts")}>
          <span className={cn("tabular-nums", restarts > 0 && "text-warning")}>{restarts}</span>
          {exitCode !== null && <span className="ms-2 text-muted text-sm">{t("lastExit", { code: exitCode })}</span>}
        </Fact>
      </dl>
      {service.check && isStillTrue(service.check, state.data) && (
        <div className="mt-4 empty:hidden">
          <ServiceDrift check={service.check} />
        </div>
      )}
      <RegistrationLine service={service} />
    </Card>
  );
}

/** What was seen some seconds ago may have changed since: what the host says now wins. */
function isStillTrue({ condition }: ServiceCheck, { state }: RuntimeState): boolean {
  return state !== "running" || (condition !== "down" && condition !== "unknown");
}

function Runtime({ state }: { state: RuntimeState["state"] }) {
  const t = useTranslations("service");
  const { icon: Icon, text, moving } = LOOKS[state];
  return (
    <p className={cn("flex items-start gap-2", text)}>
      <Icon aria-hidden className={cn("mt-0.5 size-5 shrink-0", moving && "breathe")} />
      <span>
        <span className="block font-semibold text-lg">{t(`runtime.${state}`)}</span>
        {state !== "running" && <span className="block text-pretty text-muted">{t(`runtimeText.${state}`)}</span>}
      </span>
    </p>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-faint text-xs">{label}</dt>
      <dd className="mt-0.5">{children}</dd>
    </div>
  );
}
