import { useTranslations } from "next-intl";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { RunningClock } from "@/components/ui/duration";
import { Link } from "@/components/ui/link";
import { StateBadge } from "@/components/ui/state-badge";
import { TimeAgo } from "@/components/ui/time-ago";
import type { Overview, RunningDeployment } from "@/lib/contracts/overview";
import { RunningBar } from "./running-bar";

/** What is under way, moving; absent when nothing is. */
export function RunningList({ running }: { running: Overview["running"] }) {
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
