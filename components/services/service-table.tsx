import { useTranslations } from "next-intl";
import { useSeenAddress } from "@/components/layout/viewer";
import { ExternalLink } from "@/components/ui/external-link";
import { Link } from "@/components/ui/link";
import { Table, TableCell, TableHead, TableRow } from "@/components/ui/table";
import { TimeAgo } from "@/components/ui/time";
import type { ServiceSummary } from "@/lib/contracts/service";
import { LastOutcome, LiveBadge } from "./service-status";

export function ServiceTable({ services }: { services: readonly ServiceSummary[] }) {
  const t = useTranslations("services");
  return (
    <Table label={t("title")}>
      <thead>
        <tr>
          <TableHead>{t("name")}</TableHead>
          <TableHead>{t("state")}</TableHead>
          <TableHead className="@max-3xl/page:hidden">{t("address")}</TableHead>
          <TableHead className="@max-4xl/page:hidden">{t("target")}</TableHead>
          <TableHead className="@max-3xl/page:hidden">{t("lastDeployment")}</TableHead>
        </tr>
      </thead>
      <tbody>
        {services.map((service) => (
          <ServiceRow key={service.id} service={service} />
        ))}
      </tbody>
    </Table>
  );
}

function ServiceRow({ service }: { service: ServiceSummary }) {
  const t = useTranslations();
  const { name, target, driver } = service;
  const url = useSeenAddress(service.url);
  return (
    <TableRow>
      <TableCell className="max-w-56">
        <Link
          href={`/services/${encodeURIComponent(name)}`}
          className="block truncate font-medium underline-offset-4 hover:underline"
        >
          <bdi>{name}</bdi>
        </Link>
        <span className="flex flex-wrap gap-x-3 text-faint text-sm @4xl/page:hidden">
          <bdi>{target.name}</bdi>
          <span className="@3xl/page:hidden">
            <LastDeployment service={service} />
          </span>
        </span>
      </TableCell>
      <TableCell>
        <span className="flex flex-wrap items-center gap-x-3 gap-y-0.5">
          <LiveBadge withSince live={service.live} />
          <LastOutcome isLink facts={service} />
        </span>
      </TableCell>
      <TableCell className="max-w-64 text-sm @max-3xl/page:hidden">
        {url ? <ExternalLink href={url} className="max-w-full" /> : <span className="text-faint">–</span>}
      </TableCell>
      <TableCell className="whitespace-nowrap @max-4xl/page:hidden">
        <bdi>{target.name}</bdi> <span className="text-faint text-sm">{t(`drivers.${driver}`)}</span>
      </TableCell>
      <TableCell className="whitespace-nowrap text-muted text-sm @max-3xl/page:hidden">
        <LastDeployment service={service} />
      </TableCell>
    </TableRow>
  );
}

function LastDeployment({ service: { lastDeployment } }: { service: ServiceSummary }) {
  const t = useTranslations("services");
  if (!lastDeployment) return t("never");
  return (
    <>
      <Link
        href={`/deployments/${lastDeployment.id}`}
        className="figures text-[0.96em] underline-offset-4 hover:text-foreground hover:underline"
      >
        #{lastDeployment.number}
      </Link>{" "}
      <TimeAgo at={lastDeployment.finishedAt ?? lastDeployment.queuedAt} />
    </>
  );
}
