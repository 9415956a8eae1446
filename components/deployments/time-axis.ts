import type { PhaseView } from "@/lib/contracts/deployment";

/** Parts of the axis, 0 to 1. `ghost` is where the usual duration would end. */
export interface Bar {
  start: number;
  width: number;
  ghost: { start: number; width: number } | null;
}

/** A narrower bar would be invisible. */
const LEAST_WIDTH = 0.003;

/**
 * The position of each phase on one time axis. The axis covers the elapsed time and, while the deployment runs, the
 * usual duration of the rest: so it does not shrink every second.
 */
export function timeAxis(phases: readonly PhaseView[], nowMs: number): Map<PhaseView["key"], Bar> {
  const begun = phases.filter(({ startedAt }) => startedAt !== null);
  const zero = Math.min(...begun.map(({ startedAt }) => Date.parse(startedAt ?? "")));
  if (!Number.isFinite(zero)) return new Map();
  const spans = begun.map((phase) => spanOf(phase, zero, nowMs));
  const length = Math.max(1, ...spans.map(({ end, usualEnd }) => Math.max(end, usualEnd))) + usualRest(phases);
  return new Map(
    spans.map(({ key, start, end, usualEnd }) => {
      const ghost = usualEnd > end ? { start: end / length, width: (usualEnd - end) / length } : null;
      return [key, { start: start / length, width: Math.max(LEAST_WIDTH, (end - start) / length), ghost }];
    }),
  );
}

function spanOf(phase: PhaseView, zero: number, nowMs: number) {
  const start = Date.parse(phase.startedAt ?? "") - zero;
  const lasted = phase.durationMs ?? Math.max(0, nowMs - zero - start);
  const usualEnd = phase.status === "running" ? start + (phase.usualMs ?? 0) : 0;
  return { key: phase.key, start, end: start + lasted, usualEnd };
}

/** The usual duration of the phases that have not begun; zero once no phase runs any more. */
function usualRest(phases: readonly PhaseView[]): number {
  if (!phases.some(({ status }) => status === "running")) return 0;
  return phases.filter(({ status }) => status === "pending").reduce((sum, { usualMs }) => sum + (usualMs ?? 0), 0);
}
