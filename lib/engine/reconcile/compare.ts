/* Compares desired and actual state. Pure: checks and repairs are elsewhere. */
import type { Condition, Difference, DifferenceCode } from "@/lib/contracts/drift";
import type { ProcessState } from "@/lib/contracts/process-type";
import type { Inspection } from "@/lib/drivers/driver";

export type Found = Omit<Difference, "since">;

/** Consecutive checks that saw a restart before the service counts as down. */
const UNSTEADY_LOOKS = 3;

/** Repaired too, while the service is live. */
const PROCESSES: DifferenceCode = "processes-down";

/** Differences that are repaired. Without any of them the service is live, or Landfall cannot repair it. */
const REPAIRED: ReadonlySet<DifferenceCode> = new Set([
  "release-absent",
  "release-down",
  "edge-down",
  "supervisor-down",
  "way-closed",
  "domain-lost",
]);

export interface Wanted {
  releaseId: string;
  /** The number of restarts at the previous check; null at the first one. */
  restartsBefore: number | null;
}

export function differencesOf({ releaseId, restartsBefore }: Wanted, seen: Inspection): Found[] {
  const { servingId, way } = seen;
  if (way === "supervisor-down") return [found("supervisor-down")];
  // The wanted release does not run at all, so its other differences mean nothing.
  if (servingId !== null && servingId !== releaseId) return [found("other-release", { found: servingId })];
  const ofRelease = releaseDifference(seen, restartsBefore);
  return [
    ...ofRelease,
    ...ofProcesses(seen),
    ...(way === "edge-down" ? [found("edge-down")] : []),
    ...(way === "closed" && ofRelease.length === 0 ? [found("way-closed")] : []),
    ...(seen.foreignArtifact ? [found("foreign-artifact", seen.foreignArtifact)] : []),
  ];
}

function releaseDifference({ state, exitCode, restarts }: Inspection, before: number | null): Found[] {
  switch (state) {
    case "absent":
      return [found("release-absent")];
    case "down":
      return [found("release-down", exitCode === null ? {} : { exitCode })];
    case "starting":
    case "restarting":
      return [found("release-unsteady", { restarts })];
    default:
      return before !== null && restarts > before ? [found("release-unsteady", { restarts })] : [];
  }
}

function ofProcesses({ processes }: Inspection): Found[] {
  const named = (state: (one: ProcessState["state"]) => boolean) =>
    processes
      .filter((worker) => state(worker.state))
      .map(({ type, copy }) => `${type}.${copy}`)
      .join(", ");
  const down = named((state) => state === "down" || state === "absent");
  const unsteady = named((state) => state === "restarting");
  return [
    ...(down === "" ? [] : [found("processes-down", { processes: down })]),
    ...(unsteady === "" ? [] : [found("processes-unsteady", { processes: unsteady })]),
  ];
}

function found(code: DifferenceCode, params: Found["params"] = {}): Found {
  return { code, params };
}

/** `unsteadyLooks` counts consecutive checks, this one included. */
export function conditionOf(differences: readonly Found[], unsteadyLooks: number): Condition {
  if (differences.some(({ code }) => REPAIRED.has(code))) return "down";
  if (isUnsteady(differences)) return unsteadyLooks >= UNSTEADY_LOOKS ? "down" : "unsteady";
  return differences.length === 0 ? "good" : "drifted";
}

export function isUnsteady(differences: readonly Found[]): boolean {
  return differences.some(({ code }) => code === "release-unsteady");
}

export function needsRepair(differences: readonly Found[]): boolean {
  return differences.some(({ code }) => REPAIRED.has(code) || code === PROCESSES);
}

/** Keeps the time when each difference was first seen. */
export function withSince(found: readonly Found[], before: readonly Difference[], now: Date): Difference[] {
  const since = new Map(before.map((difference) => [difference.code, difference.since]));
  return found.map((difference) => ({ ...difference, since: since.get(difference.code) ?? now.toISOString() }));
}
