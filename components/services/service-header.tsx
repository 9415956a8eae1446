import { useTranslations } from "next-intl";
import { useSeenAddress } from "@/components/layout/viewer";
import { CopyButton } from "@/components/ui/copy-button";
import { ExternalLink } from "@/components/ui/external-link";
import type { ServiceDetail } from "@/lib/contracts/service";
import { ServiceActions } from "./service-actions";
import { LastOutcome, LiveBadge } from "./service-status";

export function ServiceHeader({ service }: { service: ServiceDetail }) {
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
