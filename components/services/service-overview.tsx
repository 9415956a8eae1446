"use client";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import {
  CircleCheck,
  CircleDashed,
  CircleHelp,
  CircleX,
  LoaderCircle,
  type LucideIcon,
  Radio,
  Rocket,
  TriangleAlert,
} from "lucide-react";
import dynamic from "next/dynamic";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { allItems } from "@/components/api/paged";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { DeploymentRow, phaseScale } from "@/components/deployments/deployment-row";
import { deploymentQueries } from "@/components/deployments/queries";
import { ServiceDrift } from "@/components/drift/service-drift";
import { useCan } from "@/components/layout/viewer";
import { Card } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { EmptyState } from "@/components/ui/empty-state";
import { ErrorPanel } from "@/components/ui/error-panel";
import { ListPanel } from "@/components/ui/list-panel";
import { Skeleton } from "@/components/ui/skeleton";
import { TimeAgo } from "@/components/ui/time";
import { isFinished } from "@/lib/contracts/deployment-state";
import type { ServiceCheck } from "@/lib/contracts/drift";
import type { RuntimeState, ServiceDetail } from "@/lib/contracts/service";
import { DeployButton } from "./deploy-buttons";
import { HealthCard } from "./health-card";
import { releaseQueries, serviceQueries } from "./queries";
import { ServiceProcesses } from "./service-processes";

export function ServiceOverview({ name }: { name: string }) {
  const service = useQuery(serviceQueries.detail(name)).data;
  if (!service) return null;
  return (
    <>
      <div className="grid gap-4 *:min-w-0 @4xl/page:grid-cols-2">
        <NowCard service={service} />
        <HealthCard service={service} />
        {service.currentRelease && <UsageCard name={name} />}
      </div>
      <ServiceHistory service={service} />
    </>
  );
}

const UsageCard = dynamic(() => import("./usage-card").then((module) => module.UsageCard));

const RUNTIME_TONES: Record<RuntimeState["state"], { icon: LucideIcon; text: string; moving?: boolean }> = {
  running: { icon: CircleCheck, text: "text-succeeded" },
  starting: { icon: LoaderCircle, text: "text-running", moving: true },
  restarting: { icon: LoaderCircle, text: "text-warning", moving: true },
  down: { icon: CircleX, text: "text-failed" },
  absent: { icon: CircleDashed, text: "text-faint" },
  unknown: { icon: CircleHelp, text: "text-faint" },
};

/** What the host reports now, refreshed while the page is open; not what was deployed last. */
function NowCard({ service }: { service: ServiceDetail }) {
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
      <ServiceProcesses state={state.data} settings={service.settings} />
      {service.check && isStillTrue(service.check, state.data) && (
        <div className="mt-4 empty:hidden">
          <ServiceDrift check={service.check} />
        </div>
      )}
      <RegistrationLine service={service} />
    </Card>
  );
}

/** The last check is some seconds old: the host's current report takes precedence. */
function isStillTrue({ condition }: ServiceCheck, { state }: RuntimeState): boolean {
  return state !== "running" || (condition !== "down" && condition !== "unknown");
}

function Runtime({ state }: { state: RuntimeState["state"] }) {
  const t = useTranslations("service");
  const { icon: Icon, text, moving } = RUNTIME_TONES[state];
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

/** The service's state in the Registry. */
function RegistrationLine({ service: { registration, autoRegister } }: { service: ServiceDetail }) {
  const t = useTranslations("service");
  const sentence = useProblemSentence();
  if (!registration) {
    return autoRegister ? null : <p className="mt-4 border-t pt-3 text-faint text-sm">{t("notAnnounced")}</p>;
  }
  const Icon = registration.problem ? TriangleAlert : Radio;
  return (
    <p className="mt-4 flex items-start gap-2 border-t pt-3 text-muted text-sm">
      <Icon
        aria-hidden
        className={registration.problem ? "mt-px size-4 shrink-0 text-warning" : "mt-px size-4 shrink-0 text-faint"}
      />
      <span className="min-w-0 break-words">
        {registration.problem
          ? sentence(registration.problem)
          : t.rich("announcedAs", {
              endpoint: () => <span className="figures text-[0.92em]">{registration.endpoint}</span>,
            })}
      </span>
    </p>
  );
}

const MOVING_MS = 3_000;

/** Every attempt, newest first; the phase bars share one scale, so that a slow phase is visible across them. */
function ServiceHistory({ service }: { service: ServiceDetail }) {
  const t = useTranslations("service");
  const mayDeploy = useCan()("deployment:create", { ownerId: service.owner.id });
  const query = useInfiniteQuery({
    ...deploymentQueries.list({ service: service.name }),
    refetchInterval: ({ state }) => (allItems(state.data)?.some((item) => !isFinished(item.state)) ? MOVING_MS : false),
  });
  const action = mayDeploy && (
    <DeployButton service={service.name} variant="primary">
      {t("deploy")}
    </DeployButton>
  );
  return (
    <Card flush title={t("history")} className="overflow-hidden">
      <ListPanel
        query={query}
        items={allItems(query.data)}
        empty={<EmptyState icon={Rocket} title={t("historyEmptyTitle")} text={t("historyEmptyText")} action={action} />}
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
