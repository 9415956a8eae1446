import type { RunningDeployment } from "@/lib/contracts/overview";

type Phase = RunningDeployment["phases"][number];

/** What a phase nobody has timed yet counts for, so that its place can be seen. */
const UNKNOWN_MS = 1_000;
/** A phase that takes longer than usual fills its place almost: the end is not there before it is. */
const MOST = 0.96;

export interface ProgressPart {
  key: Phase["key"];
  status: Phase["status"];
  /** Of the whole bar. */
  start: number;
  width: number;
  /** Of this part. */
  filled: number;
}

/** One part per phase, as wide as it usually takes, filled as far as it has come. Skipped phases take no room. */
export function progressParts(phases: readonly Phase[], nowMs: number): ProgressPart[] {
  const shown = phases.filter(({ status }) => status !== "skipped");
  const expected = shown.map((phase) => Math.max(phase.durationMs ?? phase.usualMs ?? UNKNOWN_MS, 1));
  const total = expected.reduce((sum, ms) => sum + ms, 0);
  return shown.map((phase, index) => {
    const before = expected.slice(0, index).reduce((sum, ms) => sum + ms, 0);
    const width = (expected[index] ?? 0) / total;
    return { key: phase.key, status: phase.status, start: before / total, width, filled: filledPart(phase, nowMs) };
  });
}

function filledPart(phase: Phase, nowMs: number): number {
  if (phase.status === "pending") return 0;
  if (phase.status !== "running" || phase.startedAt === null) return 1;
  const elapsedMs = Math.max(0, nowMs - Date.parse(phase.startedAt));
  const usualMs = phase.usualMs ?? UNKNOWN_MS * 10;
  return Math.min(MOST, elapsedMs / Math.max(1, usualMs));
}
