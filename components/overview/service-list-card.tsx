import { useTranslations } from "next-intl";
import { LastOutcome, LiveBadge, STATUS_LOOKS } from "@/components/services/service-status";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { Link } from "@/components/ui/link";
import type { Overview, StatusOfService } from "@/lib/contracts/overview";
import { SERVICE_STATUSES } from "@/lib/contracts/service-status";

/** How many have which status: the first thing on the page. A service with two facts to tell is counted in both. */
export function StatusCounts({ statuses }: { statuses: Overview["services"]["statuses"] }) {
  const t = useTranslations("services.statuses");
  return (
    <dl className="mb-4 flex flex-wrap gap-x-8 gap-y-2 rounded-lg border bg-surface px-4 py-3">
      {SERVICE_STATUSES.filter((status) => statuses[status] > 0).map((status) => (
        <div key={status} className="flex flex-row-reverse items-baseline gap-1.5">
          <dt className="text-muted text-sm">{t(status)}</dt>
          <dd className={cn("font-semibold text-lg tabular-nums", STATUS_LOOKS[status].text)}>{statuses[status]}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The services that need no attention, what is changing first. */
export function ServiceListCard({ services }: { services: Overview["services"] }) {
  const t = useTranslations("overview");
  if (services.items.length === 0) return null;
  const all = (
    <Button asChild variant="link" size="sm">
      <Link href="/services">{t("allServices", { count: services.total })}</Link>
    </Button>
  );
  return (
    <Card flush title={t("services")} actions={all} className="overflow-hidden">
      <ul className="divide-y">
        {services.items.map((service) => (
          <li key={service.id}>
            <Service service={service} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Service({ service }: { service: StatusOfService }) {
  const { name, target, live } = service;
  return (
    <Link
      href={`/services/${encodeURIComponent(name)}`}
      className="flex min-h-(--row-height) flex-wrap items-center gap-x-4 px-4 py-1.5 transition-colors hover:bg-subtle focus-visible:outline-offset-[-2px]"
    >
      <bdi className="min-w-0 flex-1 basis-32 truncate font-medium">{name}</bdi>
      <bdi className="truncate text-faint text-sm @max-xl/page:hidden">{target}</bdi>
      <span className="flex flex-wrap items-center justify-end gap-x-3">
        <LastOutcome facts={service} />
        <LiveBadge withSince live={live} />
      </span>
    </Link>
  );
}
