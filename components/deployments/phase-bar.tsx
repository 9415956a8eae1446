import { useTranslations } from "next-intl";
import { cn } from "@/components/ui/cn";
import { Tooltip } from "@/components/ui/tooltip";
import { useQuantities } from "@/components/ui/use-quantities";
import type { DeploymentSummary } from "@/lib/contracts/deployment";
import type { PhaseStatus } from "@/lib/contracts/phase";

/** By place in the order, so that the same phase has the same shade in every row. */
const SHADES = ["fill-phase-1", "fill-phase-2", "fill-phase-3", "fill-phase-4", "fill-phase-5", "fill-phase-6"];

/** Phase times stacked on a scale that all rows share: a slow phase is seen across deployments. */
export function PhaseBar({
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

/** Red is for what failed; a phase that a person stopped did not. */
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
