import { useTranslations } from "next-intl";
import { Badge } from "@/components/ui/badge";
import { Link } from "@/components/ui/link";
import { ltr } from "@/components/ui/ltr";
import { StateBadge } from "@/components/ui/state-badge";
import { ClockTime } from "@/components/ui/time-ago";
import { useClock } from "@/components/ui/use-clock";
import { useQuantities } from "@/components/ui/use-quantities";
import type { DeploymentView } from "@/lib/contracts/deployment";
import { isFinished } from "@/lib/contracts/deployment-state";
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
        {(view.version ?? view.message ?? view.digest) && (
          <p className="mt-1 truncate text-muted text-sm" title={view.digest ?? undefined}>
            <bdi>{[view.version, view.message].filter(Boolean).join(" · ") || view.digest?.slice(0, 19)}</bdi>
          </p>
        )}
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
  const quantities = useQuantities();
  const phase = view.phases.find(({ status }) => status === "running");
  const now = useClock(100, phase !== undefined);
  if (phase?.startedAt) {
    const elapsed = quantities.duration(now - Date.parse(phase.startedAt));
    const words = {
      phase: t(`phases.${phase.key}`),
      elapsed: ltr(elapsed),
      usual: ltr(quantities.duration(phase.usualMs ?? 0)),
    };
    return (
      <span className="text-foreground tabular-nums">
        {t(phase.usualMs ? "deployment.phaseOf" : "deployment.phaseSince", words)}
      </span>
    );
  }
  if (view.durationMs === null) return null;
  return <span>{t("deployment.took", { duration: ltr(quantities.duration(view.durationMs)) })}</span>;
}
