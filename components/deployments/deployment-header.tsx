import Link from "next/link";
import { useTranslations } from "next-intl";
import { Badge } from "@/components/ui/badge";
import { formatDuration } from "@/components/ui/format-duration";
import { ltr } from "@/components/ui/ltr";
import { StateBadge } from "@/components/ui/state-badge";
import { ClockTime } from "@/components/ui/time-ago";
import { useClock } from "@/components/ui/use-clock";
import { type DeploymentView, isFinished } from "@/lib/contracts/deployment";
import { DeploymentActions } from "./deployment-actions";
import { serviceHref } from "./service-href";

interface Props {
  view: DeploymentView;
  /** How far it is, and what may be done once it is over, is said below. */
  isBrief: boolean;
}

export function DeploymentHeader({ view, isBrief }: Props) {
  const t = useTranslations();
  const { service, number, kind, requestedBy, target, driver } = view;
  return (
    <header className="flex flex-wrap items-start gap-x-6 gap-y-3">
      <div className="min-w-0 flex-1 basis-80">
        <h1 className="flex flex-wrap items-baseline gap-x-2 font-semibold text-xl tracking-tight">
          <Link href={serviceHref(view)} className="hover:underline">
            <bdi>{service.name}</bdi>
          </Link>
          <span className="figures font-medium text-muted">#{number}</span>
          {kind !== "deploy" && (
            <Badge tone="outline" className="self-center">
              {t(`kinds.${kind}`)}
            </Badge>
          )}
        </h1>
        <div className="mt-2 flex flex-wrap items-center gap-x-3 gap-y-1.5 text-muted">
          <StateBadge state={view.state} />
          {!isBrief && <Progress view={view} />}
          <span className="flex flex-wrap gap-x-3 text-sm">
            <span>{t("deployment.by", { name: requestedBy?.name ?? t("deployments.landfall") })}</span>
            <ClockTime at={view.startedAt ?? view.queuedAt} />
            <bdi>{t("deployment.to", { target: target.name, driver: t(`drivers.${driver}`) })}</bdi>
          </span>
        </div>
      </div>
      {!(isBrief && isFinished(view.state)) && <DeploymentActions view={view} />}
    </header>
  );
}

/** `Build: 12.4 s of about 15 s` while it runs, how long it took afterwards. */
function Progress({ view }: { view: DeploymentView }) {
  const t = useTranslations();
  const phase = view.phases.find(({ status }) => status === "running");
  const now = useClock(100, phase !== undefined);
  if (phase?.startedAt) {
    const elapsed = formatDuration(now - Date.parse(phase.startedAt));
    const words = {
      phase: t(`phases.${phase.key}`),
      elapsed: ltr(elapsed),
      usual: ltr(formatDuration(phase.usualMs ?? 0)),
    };
    return (
      <span className="text-foreground tabular-nums">
        {t(phase.usualMs ? "deployment.phaseOf" : "deployment.phaseSince", words)}
      </span>
    );
  }
  if (view.durationMs === null) return null;
  return <span>{t("deployment.took", { duration: ltr(formatDuration(view.durationMs)) })}</span>;
}
