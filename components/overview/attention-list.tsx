import { useTranslations } from "next-intl";
import { useProblemSentence } from "@/components/api/problem-sentence";
import { LastOutcome, LiveBadge } from "@/components/services/service-status";
import { Card } from "@/components/ui/card";
import { Link } from "@/components/ui/link";
import { TimeAgo } from "@/components/ui/time-ago";
import type { Overview, ServiceInNeed } from "@/lib/contracts/overview";
import { causeLineOf } from "@/lib/contracts/problem";

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

/** Leads to the deployment that failed; of a service that went down by itself, to the service. */
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

/** What the machine said where it said something, else Landfall's own sentence. */
function Cause({ service: { failed, check } }: { service: ServiceInNeed }) {
  const t = useTranslations("drift.differences");
  const sentence = useProblemSentence();
  const problem = failed?.problem ?? check?.problem;
  const said = (problem && causeLineOf(problem)) ?? check?.lastOutput.findLast((line) => line.trim() !== "");
  if (said) return <span className="figures mt-1 block truncate text-start text-muted text-xs">{said}</span>;
  const [difference] = check?.differences ?? [];
  const text = problem ? sentence(problem) : difference && t(difference.code, difference.params);
  return text ? <span className="mt-0.5 block text-pretty text-muted text-sm">{text}</span> : null;
}
