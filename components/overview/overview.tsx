"use client";

import { useQuery } from "@tanstack/react-query";
import { Boxes, Layers, Plus, Rocket, Undo2 } from "lucide-react";
import { useTimeZone, useTranslations } from "next-intl";
import { Page, PageHeader } from "@/components/layout/page";
import { useCan } from "@/components/layout/viewer";
import { stackQueries } from "@/components/stacks/queries";
import { TargetReach } from "@/components/targets/target-reach";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { RunningClock } from "@/components/ui/duration";
import { ErrorPanel } from "@/components/ui/error-panel";
import { Link } from "@/components/ui/link";
import { StateBadge } from "@/components/ui/state-badge";
import { TimeAgo } from "@/components/ui/time";
import type { RunningDeployment, Overview as View } from "@/lib/contracts/overview";
import { Activity, Figures } from "./activity";
import { OverviewSkeleton } from "./overview-skeleton";
import { overviewQueries } from "./queries";
import { RunningBar } from "./running-bar";
import { AttentionList, ServiceListCard, StatusCounts } from "./service-cards";

const STEPS = [
  { name: "describe", icon: Boxes },
  { name: "deploy", icon: Rocket },
  { name: "goBack", icon: Undo2 },
] as const;

export function Overview() {
  const overview = useQuery(overviewQueries.of(useTimeZone() ?? "UTC"));
  if (overview.data) return <Loaded view={overview.data} />;
  if (overview.error) return <ErrorPanel error={overview.error} retry={overview.refetch} />;
  return <OverviewSkeleton />;
}

/** Running deployments and problems come first, then the state of services, then history. */
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
          <FailingChannels channels={view.failingChannels} />
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

/** The state of all services in one sentence, announced again when it changes. */
function Summary({ view: { services, running } }: { view: View }) {
  const t = useTranslations("overview");
  const { total, statuses } = services;
  const { down, failed, live } = statuses;
  const isFine = down === 0 && failed === 0;
  return (
    <span aria-live="polite">
      {down > 0 && <span className="font-medium text-failed">{t("summaryDown", { down })} </span>}
      {failed > 0 && t("summaryFailed", { failed })}
      {isFine && live === 0 && t("summaryIdle")}
      {isFine &&
        live > 0 &&
        (live === total ? t("summaryServing", { serving: live }) : t("summaryLive", { live, total }))}
      {running.total > 0 && <> {t("summaryRunning", { count: running.total })}</>}
    </span>
  );
}

/** The running deployments. Renders nothing when there are none. */
function RunningList({ running }: { running: View["running"] }) {
  const t = useTranslations("overview");
  if (running.total === 0) return null;
  const more = running.total - running.items.length;
  return (
    <Card flush title={t("running")} className="overflow-hidden">
      <ul className="divide-y">
        {running.items.map((deployment) => (
          <li key={deployment.id}>
            <Running deployment={deployment} />
          </li>
        ))}
      </ul>
      {more > 0 && (
        <Link href="/deployments" className="block border-t px-4 py-2.5 text-center text-muted text-sm hover:bg-subtle">
          {t("more", { count: more })}
        </Link>
      )}
    </Card>
  );
}

function Running({ deployment }: { deployment: RunningDeployment }) {
  const t = useTranslations();
  const { id, number, service, kind, state, startedAt, queuedAt, requestedBy, phases } = deployment;
  const phase = phases.find(({ status }) => status === "running");
  return (
    <Link
      href={`/deployments/${id}`}
      className="block px-4 py-3 transition-colors hover:bg-subtle focus-visible:outline-offset-[-2px]"
    >
      <span className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
        <bdi className="font-medium">{service.name}</bdi>
        <span className="figures text-muted">#{number}</span>
        {kind !== "deploy" && <Badge tone="outline">{t(`kinds.${kind}`)}</Badge>}
        <span className="ms-auto flex items-center gap-2.5">
          {startedAt ? (
            <RunningClock since={startedAt} className="text-muted" />
          ) : (
            <TimeAgo at={queuedAt} className="text-muted text-sm" />
          )}
          <StateBadge state={state} />
        </span>
      </span>
      <RunningBar phases={phases} state={state} className="mt-2.5" />
      <span className="mt-1.5 flex justify-between gap-3 text-faint text-sm">
        <span>{phase ? t(`phases.${phase.key}`) : t("overview.waiting")}</span>
        <bdi className="truncate">{requestedBy?.name ?? t("deployments.landfall")}</bdi>
      </span>
    </Link>
  );
}

/** The notification channels that keep failing. Renders nothing when there are none. */
function FailingChannels({ channels }: { channels: View["failingChannels"] }) {
  const t = useTranslations("overview");
  if (channels.length === 0) return null;
  return (
    <Card flush title={t("channelsFailing")} className="overflow-hidden">
      <ul className="divide-y">
        {channels.map(({ id, name, failingSince }) => (
          <li key={id}>
            <Link
              href="/notifications"
              className="flex min-h-(--row-height) flex-wrap items-center gap-x-3 px-4 py-1.5 transition-colors hover:bg-subtle focus-visible:outline-offset-[-2px]"
            >
              <bdi className="min-w-0 flex-1 truncate font-medium">{name}</bdi>
              <span className="text-sm text-warning">
                {t("failingSince")} <TimeAgo at={failingSince} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** The targets and whether they can be reached. */
function TargetList({ targets }: { targets: View["targets"] }) {
  const t = useTranslations("overview");
  if (targets.length === 0) return null;
  return (
    <Card flush title={t("targets")} className="overflow-hidden">
      <ul className="divide-y">
        {targets.map((target) => (
          <li key={target.id}>
            <Link
              href={`/targets/${encodeURIComponent(target.name)}`}
              className="flex min-h-(--row-height) items-center gap-3 px-4 py-1.5 transition-colors hover:bg-subtle focus-visible:outline-offset-[-2px]"
            >
              <bdi className="min-w-0 flex-1 truncate font-medium">{target.name}</bdi>
              <TimeAgo at={target.lastCheckAt} className="whitespace-nowrap text-faint text-sm" />
              <TargetReach target={target} />
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** For an installation without services: three steps and one button instead of empty charts. */
function FirstSteps() {
  const t = useTranslations("overview.first");
  const mayCreate = useCan()("service:create");
  return (
    <Page className="max-w-3xl pt-[8dvh]">
      <h1 className="font-semibold text-xl tracking-tight">{t("title")}</h1>
      <p className="mt-1 text-pretty text-muted">{t(mayCreate ? "text" : "textViewer")}</p>
      <ol className="mt-6 divide-y rounded-lg border bg-surface">
        {STEPS.map(({ name, icon: Icon }, index) => (
          <li key={name} className="flex items-start gap-4 px-5 py-4">
            <span className="grid size-9 shrink-0 place-items-center rounded-lg border bg-background text-accent-text">
              <Icon aria-hidden className="size-4.5 rtl:-scale-x-100" />
            </span>
            <div>
              <h2 className="font-medium">
                <span className="me-1.5 text-faint tabular-nums">{index + 1}.</span>
                {t(`${name}.title`)}
              </h2>
              <p className="mt-0.5 text-pretty text-muted">{t(`${name}.text`)}</p>
            </div>
          </li>
        ))}
      </ol>
      {mayCreate && (
        <div className="mt-6 flex flex-wrap gap-2">
          <Button asChild variant="primary" size="lg">
            <Link href="/services/new">
              <Plus aria-hidden />
              {t("action")}
            </Link>
          </Button>
          <StackButton />
        </div>
      )}
    </Page>
  );
}

/** Offers a stack, which needs no code, where templates allow one. */
function StackButton() {
  const t = useTranslations("stacks");
  const offers = useQuery(stackQueries.offers()).data ?? [];
  if (offers.length === 0) return null;
  return (
    <Button asChild size="lg">
      <Link href="/stacks/new">
        <Layers aria-hidden />
        {t("first")}
      </Link>
    </Button>
  );
}
