import Link from "next/link";
import { useTranslations } from "next-intl";
import { STANDING_LOOKS, StandingBadge } from "@/components/services/standing-badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { ClockTime, TimeAgo } from "@/components/ui/time-ago";
import { type Overview, STANDINGS, type StandingService } from "@/lib/contracts/overview";

/** How many stand how, and those that need a look first. */
export function ServiceStandings({ services }: { services: Overview["services"] }) {
  const t = useTranslations("overview");
  const all = (
    <Button asChild variant="link" size="sm">
      <Link href="/services">{t("allServices", { count: services.total })}</Link>
    </Button>
  );
  return (
    <Card flush title={t("services")} actions={all} className="overflow-hidden">
      <Counts standings={services.standings} />
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

function Counts({ standings }: { standings: Overview["services"]["standings"] }) {
  const t = useTranslations("services.standings");
  return (
    <dl className="flex flex-wrap gap-x-6 gap-y-2 border-b px-4 py-3">
      {STANDINGS.filter((standing) => standings[standing] > 0).map((standing) => (
        <div key={standing} className="flex flex-row-reverse items-baseline gap-1.5">
          <dt className="text-muted text-sm">{t(standing)}</dt>
          <dd className={cn("font-semibold text-lg tabular-nums", STANDING_LOOKS[standing].text)}>
            {standings[standing]}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Service({ service: { name, standing, target, lastDeployment, downSince } }: { service: StandingService }) {
  const t = useTranslations("overview");
  const tDrift = useTranslations("drift");
  return (
    <Link
      href={`/services/${encodeURIComponent(name)}`}
      className="grid min-h-(--row-height) grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 px-4 py-1.5 transition-colors hover:bg-subtle focus-visible:outline-offset-[-2px] sm:grid-cols-[minmax(0,1fr)_minmax(0,7rem)_8rem_10rem]"
    >
      <bdi className="truncate font-medium">{name}</bdi>
      <bdi className="truncate text-faint text-sm max-sm:hidden">{target}</bdi>
      <span className="truncate text-end text-muted text-sm max-sm:hidden">
        {standing === "down" && downSince ? (
          tDrift.rich("sinceWhen", { when: () => <ClockTime at={downSince} /> })
        ) : lastDeployment ? (
          <>
            <span className="figures text-[0.96em]">#{lastDeployment.number}</span>{" "}
            <TimeAgo at={lastDeployment.finishedAt ?? lastDeployment.queuedAt} />
          </>
        ) : (
          t("never")
        )}
      </span>
      <StandingBadge standing={standing} className="justify-self-end sm:ms-3 sm:justify-self-start" />
    </Link>
  );
}
