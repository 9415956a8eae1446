import { useTranslations } from "next-intl";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { LastOutcome, LiveBadge, STATUS_LOOKS } from "@/components/services/service-status";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { Link } from "@/components/ui/link";
import { TimeAgo } from "@/components/ui/time";
import type { Overview, ServiceInNeed, StatusOfService } from "@/lib/contracts/overview";
import { causeLineOf } from "@/lib/contracts/problem";
import { SERVICE_STATUSES } from "@/lib/contracts/service-status";

/** One row per service that needs attention, with the cause. Renders nothing when there are none. */
export function AttentionList({ attention }: { attention: Overview["attention"] }) {
  const t = useTranslations("overview");
  if (attention.total === 0) return null;
  const more = attention.total - attention.items.length;
  return (
    <Card flush title={t("attention")} className="overflow-hidden">
      <ul className="divide-y">
        {attention.items.map((service) => (
          <li key={service.id}>
            <InNeed service={service} />
          </li>
        ))}
      </ul>
      {more > 0 && (
        <Link
          href="/services?status=failed"
          className="block border-t px-4 py-2.5 text-center text-muted text-sm hover:bg-subtle"
        >
          {t("more", { count: more })}
        </Link>
      )}
    </Card>
  );
}

/** Links to the deployment that failed; for a service that went down by itself, to the service. */
function InNeed({ service }: { service: ServiceInNeed }) {
  const t = useTranslations();
  const { name, live, lastDeployment, failed } = service;
  return (
    <Link
      href={failed && lastDeployment ? `/deployments/${lastDeployment.id}` : `/services/${encodeURIComponent(name)}`}
      className="block px-4 py-3 transition-colors hover:bg-subtle focus-visible:outline-offset-[-2px]"
    >
      <span className="flex flex-wrap items-center gap-x-3 gap-y-0.5">
        <bdi className="font-medium">{name}</bdi>
        <LiveBadge live={live} withSince={live.state !== "live"} />
        <LastOutcome facts={service} />
        {failed?.phase && <span className="text-muted text-sm">{t(`phases.${failed.phase}`)}</span>}
        {failed && lastDeployment && (
          <TimeAgo
            at={lastDeployment.finishedAt ?? lastDeployment.queuedAt}
            className="ms-auto whitespace-nowrap text-faint text-sm"
          />
        )}
      </span>
      <Cause service={service} />
    </Link>
  );
}

/** The error output if there is any, else Landfall's own sentence. */
function Cause({ service: { failed, check, health } }: { service: ServiceInNeed }) {
  const t = useTranslations();
  const sentence = useProblemSentence();
  const problem = failed?.problem ?? check?.problem;
  const said = (problem && causeLineOf(problem)) ?? check?.lastOutput.findLast((line) => line.trim() !== "");
  if (said) return <span className="figures mt-1 block truncate text-start text-muted text-xs">{said}</span>;
  const [difference] = check?.differences ?? [];
  const text = problem
    ? sentence(problem)
    : health
      ? t(health.status === null ? "overview.healthSilent" : "overview.healthBad", {
          status: health.status ?? 0,
          error: health.error ?? "",
        })
      : difference && t(`drift.differences.${difference.code}`, difference.params);
  return text ? <span className="mt-0.5 block text-pretty text-muted text-sm">{text}</span> : null;
}

/** The number of services per status. A service that is live and whose last deployment failed is counted in both. */
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

/** The services that need no attention, changing ones first. */
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
