import { useTranslations } from "next-intl";
import { Badge } from "@/components/ui/badge";
import { cn } from "@/components/ui/cn";
import { Duration, RunningClock } from "@/components/ui/duration";
import { Link } from "@/components/ui/link";
import { StateBadge } from "@/components/ui/state-badge";
import { TimeAgo } from "@/components/ui/time-ago";
import type { DeploymentSummary } from "@/lib/contracts/deployment";
import { isFinished } from "@/lib/contracts/deployment-state";
import { PhaseBar } from "./phase-bar";

export const deploymentColumns =
  "@3xl/page:grid-cols-[minmax(13rem,1.6fr)_7rem_minmax(6rem,2fr)_5rem_minmax(4rem,1fr)_5.5rem]";

/** One line on a desk, two on a phone; all of it is the link. `hideService`: the page is about one service already. */
export function DeploymentRow({
  deployment,
  scaleMs,
  hideService,
}: {
  deployment: DeploymentSummary;
  scaleMs: number;
  hideService?: boolean;
}) {
  const t = useTranslations();
  const { id, number, service, kind, state, requestedBy, queuedAt, startedAt, durationMs, phases } = deployment;
  const isRunning = !isFinished(state) && startedAt !== null;
  return (
    <Link
      href={`/deployments/${id}`}
      className={cn(
        "grid min-h-(--row-height) grid-cols-[1fr_auto] items-center gap-x-4 gap-y-1 px-4 py-2 transition-colors hover:bg-subtle focus-visible:outline-offset-[-2px] @3xl/page:py-1",
        deploymentColumns,
      )}
    >
      <span className="flex min-w-0 items-center gap-2">
        {!hideService && <bdi className="truncate font-medium">{service.name}</bdi>}
        <span className={cn("figures", hideService ? "font-medium" : "text-muted")}>#{number}</span>
        {kind !== "deploy" && <Badge tone="outline">{t(`kinds.${kind}`)}</Badge>}
      </span>
      <span className="flex @max-3xl/page:justify-self-end">
        <StateBadge plain state={state} />
      </span>
      <PhaseBar
        phases={phases}
        state={state}
        scaleMs={scaleMs}
        className="@max-3xl/page:order-1 @max-3xl/page:col-span-2 @max-3xl/page:h-1.5"
      />
      <span className="@max-3xl/page:order-3 @max-3xl/page:justify-self-end @3xl/page:text-end">
        {isRunning ? (
          <RunningClock since={startedAt} className="text-running" />
        ) : (
          <Duration ms={durationMs} className="text-muted" />
        )}
      </span>
      <span className="flex min-w-0 gap-1.5 text-muted text-sm @max-3xl/page:order-2 @3xl/page:contents">
        <span className="truncate @3xl/page:text-muted @3xl/page:text-sm">
          {requestedBy?.name ?? t("deployments.landfall")}
        </span>
        <span aria-hidden className="@3xl/page:hidden">
          ·
        </span>
        <TimeAgo at={queuedAt} className="whitespace-nowrap text-muted text-sm @3xl/page:text-end" />
      </span>
    </Link>
  );
}
