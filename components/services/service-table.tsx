import Link from "next/link";
import { useTranslations } from "next-intl";
import { ExternalLink } from "@/components/ui/external-link";
import { Table, TableCell, TableHead, TableRow } from "@/components/ui/table";
import { TimeAgo } from "@/components/ui/time-ago";
import type { ServiceSummary } from "@/lib/contracts/service";
import { standingOf } from "./standing";
import { StandingBadge } from "./standing-badge";

export function ServiceTable({ services }: { services: readonly ServiceSummary[] }) {
  const t = useTranslations("services");
  return (
    <Table label={t("title")}>
      <thead>
        <tr>
          <TableHead>{t("name")}</TableHead>
          <TableHead>{t("state")}</TableHead>
          <TableHead className="max-md:hidden">{t("address")}</TableHead>
          <TableHead className="max-lg:hidden">{t("target")}</TableHead>
          <TableHead className="max-sm:hidden">{t("lastDeployment")}</TableHead>
          <TableHead className="max-lg:hidden">{t("release")}</TableHead>
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
  const { name, target, driver, url, currentRelease } = service;
  return (
    <TableRow>
      <TableCell className="max-w-56">
        <Link
          href={`/services/${encodeURIComponent(name)}`}
          className="block truncate font-medium underline-offset-4 hover:underline"
        >
          <bdi>{name}</bdi>
        </Link>
        <span className="block text-muted text-sm sm:hidden">
          <LastDeployment service={service} />
        </span>
      </TableCell>
      <TableCell>
        <StandingBadge standing={standingOf(service)} />
      </TableCell>
      <TableCell className="max-w-64 text-sm max-md:hidden">
        {url ? <ExternalLink href={url} className="max-w-full" /> : <span className="text-faint">–</span>}
      </TableCell>
      <TableCell className="whitespace-nowrap max-lg:hidden">
        <bdi>{target.name}</bdi> <span className="text-faint text-sm">{t(`drivers.${driver}`)}</span>
      </TableCell>
      <TableCell className="whitespace-nowrap text-muted text-sm max-sm:hidden">
        <LastDeployment service={service} />
      </TableCell>
      <TableCell className="text-muted tabular-nums max-lg:hidden">
        {currentRelease ? currentRelease.number : "–"}
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
