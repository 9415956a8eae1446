"use client";

import { useQuery } from "@tanstack/react-query";
import { Rocket, Undo2 } from "lucide-react";
import { usePathname } from "next/navigation";
import { useTranslations } from "next-intl";
import { type ReactNode, useState } from "react";
import { RollbackDialog } from "@/components/deployments/rollback-dialog";
import { Crumbs } from "@/components/layout/crumbs";
import { Page } from "@/components/layout/page";
import { PageMark } from "@/components/layout/page-mark";
import { useCan, useSeenAddress } from "@/components/layout/viewer";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { ErrorPanel } from "@/components/ui/error-panel";
import { ExternalLink } from "@/components/ui/external-link";
import { Link } from "@/components/ui/link";
import type { ServiceDetail } from "@/lib/contracts/service";
import { DeployButton, DeployLabelled } from "./deploy-buttons";
import { releaseQueries, serviceQueries } from "./queries";
import { ServiceSkeleton } from "./service-skeleton";
import { isChanging, LastOutcome, LiveBadge, useStatusWords } from "./service-status";

/** Links between the parts of a page, drawn as tabs; the current one has `data-state="active"`. */
const tabsListStyle = "flex gap-5 overflow-x-auto border-b";
const tabStyle =
  "-mb-px whitespace-nowrap border-transparent border-b-2 py-2 font-medium text-muted transition-colors hover:text-foreground focus-visible:outline-offset-[-2px] data-[state=active]:border-foreground data-[state=active]:text-foreground";

const MOVING_MS = 3_000;
/** Workers detect when a service goes down; no event tells the page. */
const CALM_MS = 15_000;

/** The header and tabs around every part of a service's page. */
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

function ServiceHeader({ service }: { service: ServiceDetail }) {
  const t = useTranslations();
  const { name, target, driver, port, owner } = service;
  const url = useSeenAddress(service.url);
  return (
    <header className="flex flex-wrap items-start gap-x-6 gap-y-3">
      <div className="min-w-0 flex-1 basis-80">
        <h1 className="flex flex-wrap items-center gap-x-3 gap-y-1 font-semibold text-xl tracking-tight">
          <bdi>{name}</bdi>
          <span className="flex flex-wrap items-center gap-x-3 tracking-normal">
            <LiveBadge withSince live={service.live} />
            <LastOutcome isLink facts={service} />
          </span>
        </h1>
        <div className="mt-1.5 flex flex-wrap items-center gap-x-4 gap-y-1 text-muted">
          {url && (
            <span className="-my-1 flex min-w-0 items-center">
              <ExternalLink href={url} />
              <CopyButton text={url} label={t("service.copyAddress")} />
            </span>
          )}
          <span className="text-sm">
            {t.rich("service.where", {
              target: () => <bdi>{target.name}</bdi>,
              driver: t(`drivers.${driver}`),
              port: () => <span className="figures">{port}</span>,
            })}
          </span>
          <span className="text-sm">{t.rich("service.ownedBy", { name: () => <bdi>{owner.name}</bdi> })}</span>
        </div>
      </div>
      <ServiceActions service={service} />
    </header>
  );
}

/** Deploy, and roll back where a previous release can be restored. */
function ServiceActions({ service }: { service: ServiceDetail }) {
  const t = useTranslations("service");
  const [isOpen, setOpen] = useState(false);
  const releases = useQuery(releaseQueries.list(service.name)).data ?? [];
  const current = releases.find((release) => release.current);
  const previous = releases.find(
    ({ restorable, number }) => restorable && current !== undefined && number < current.number,
  );
  if (!useCan()("deployment:create", { ownerId: service.owner.id })) return null;
  return (
    <div className="flex flex-wrap gap-2">
      {previous && (
        <RollbackDialog
          serviceName={service.name}
          releaseId={previous.id}
          open={isOpen}
          onOpenChange={setOpen}
          trigger={
            <Button>
              <Undo2 aria-hidden className="rtl:-scale-x-100" />
              {t("rollBackTo", { number: previous.deployment.number })}
            </Button>
          }
        />
      )}
      <DeployLabelled service={service.name} source={service.source.kind} />
      <DeployButton service={service.name} variant="primary">
        <Rocket aria-hidden />
        {t("deploy")}
      </DeployButton>
    </div>
  );
}

const PARTS = ["", "releases", "environment", "log", "settings"] as const;

/** Each part has its own address, so that it can be shared. */
function ServiceTabs({ service }: { service: ServiceDetail }) {
  const t = useTranslations("service.tabs");
  const pathname = decodeURIComponent(usePathname());
  const home = `/services/${service.name}`;
  return (
    <nav aria-label={t("label")} className="mt-4">
      <ul className={tabsListStyle}>
        {PARTS.map((part) => {
          const href = part ? `${home}/${part}` : home;
          const current = pathname === href;
          return (
            <li key={part} className="flex">
              <Link
                href={href}
                aria-current={current ? "page" : undefined}
                data-state={current ? "active" : undefined}
                className={tabStyle}
              >
                {t(part || "overview")}
                {part === "environment" && service.environment.length > 0 && (
                  <span className="ms-1.5 text-faint text-sm tabular-nums">{service.environment.length}</span>
                )}
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
