import { useTranslations } from "next-intl";
import { Badge } from "@/components/ui/badge";
import { cn } from "@/components/ui/cn";
import { Duration, RunningClock } from "@/components/ui/duration";
import { Link } from "@/components/ui/link";
import { useQuantities } from "@/components/ui/quantities";
import { StateBadge } from "@/components/ui/state-badge";
import { TimeAgo } from "@/components/ui/time";
import { Tooltip } from "@/components/ui/tooltip";
import { shortCommit } from "@/lib/contracts/commit";
import type { DeploymentSummary } from "@/lib/contracts/deployment";
import { isFinished } from "@/lib/contracts/deployment-state";
import type { PhaseStatus } from "@/lib/contracts/phase";

/** By position in the order, so that a phase has the same shade in every row. */
const SHADES = ["fill-phase-1", "fill-phase-2", "fill-phase-3", "fill-phase-4", "fill-phase-5", "fill-phase-6"];

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
  const { id, number, service, kind, state, requestedBy, queuedAt, startedAt, durationMs, phases, commit } = deployment;
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
        {commit && (
          <bdi className="min-w-0 truncate text-muted text-sm" title={commit.message}>
            <span className="figures">{shortCommit(commit.id)}</span> {commit.message}
          </bdi>
        )}
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

/** Phase times stacked on a scale that all rows share: a slow phase is visible across deployments. */
function PhaseBar({
  phases,
  state,
  scaleMs,
  className,
}: {
  phases: DeploymentSummary["phases"];
  state: DeploymentSummary["state"];
  scaleMs: number;
  className?: string;
}) {
  const t = useTranslations();
  const quantities = useQuantities();
  const timed = phases.flatMap((phase, index) =>
    phase.durationMs ? [{ ...phase, index, durationMs: phase.durationMs }] : [],
  );
  const list = timed
    .map(({ key, durationMs }) => `${t(`phases.${key}`)} ${quantities.duration(durationMs)}`)
    .join(" · ");
  const width = (ms: number) => `${Math.max(0.4, (ms / Math.max(1, scaleMs)) * 100).toFixed(2)}%`;
  const startOf = (at: number) => timed.slice(0, at).reduce((sum, { durationMs }) => sum + durationMs, 0);
  return (
    <Tooltip text={list || t("deployments.noPhaseTimes")}>
      <svg
        role="img"
        aria-label={list || t("deployments.noPhaseTimes")}
        className={cn("h-2.5 w-full rtl:-scale-x-100", className)}
      >
        {timed.map(({ key, status, durationMs, index }, at) => (
          <rect
            key={key}
            x={`${((startOf(at) / Math.max(1, scaleMs)) * 100).toFixed(2)}%`}
            width={width(durationMs)}
            height="100%"
            className={shadeOf(status, state, index)}
          />
        ))}
      </svg>
    </Tooltip>
  );
}

/** Red marks failures; a phase that a person stopped did not fail. */
function shadeOf(status: PhaseStatus, state: DeploymentSummary["state"], index: number): string | undefined {
  if (status === "failed") return state === "cancelled" ? "fill-faint" : "fill-failed";
  return SHADES[index % SHADES.length];
}

/** The longest sum of phase times among rows: the scale they share. */
export function phaseScale(deployments: readonly Pick<DeploymentSummary, "phases">[]): number {
  return Math.max(
    1,
    ...deployments.map(({ phases }) => phases.reduce((sum, { durationMs }) => sum + (durationMs ?? 0), 0)),
  );
}
