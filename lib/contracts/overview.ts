import * as z from "zod";
import { DeploymentSummary, PhaseView } from "./deployment";
import { PhaseKey } from "./phase";
import { TargetView } from "./target";

/** How many days the overview looks back. */
export const OVERVIEW_DAYS = 14;

/** A name of the IANA list, as browsers give it. */
export const TimeZone = z.string().max(64).refine(isTimeZone, { error: "not-a-time-zone" });

function isTimeZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone !== "";
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/**
 * `down`: it should run, and does not. `failed`: its newest attempt failed, whatever still serves. `changing`: one is under way. `serving`: its newest attempt
 * made what serves. `idle`: nothing of it was ever deployed.
 */
export const STANDINGS = ["down", "failed", "changing", "serving", "idle"] as const;
export const Standing = z.enum(STANDINGS);
export type Standing = z.infer<typeof Standing>;

export const RunningDeployment = DeploymentSummary.pick({
  id: true,
  number: true,
  service: true,
  target: true,
  kind: true,
  state: true,
  requestedBy: true,
  queuedAt: true,
  startedAt: true,
}).extend({
  phases: z.array(PhaseView.pick({ key: true, status: true, startedAt: true, durationMs: true, usualMs: true })),
});
export type RunningDeployment = z.infer<typeof RunningDeployment>;

export const FailedDeployment = DeploymentSummary.pick({
  id: true,
  number: true,
  service: true,
  kind: true,
  state: true,
  queuedAt: true,
  finishedAt: true,
  problem: true,
}).extend({ failedPhase: PhaseKey.nullable() });
export type FailedDeployment = z.infer<typeof FailedDeployment>;

export const StandingService = z.object({
  id: z.uuid(),
  name: z.string(),
  standing: Standing,
  target: z.string(),
  lastDeployment: DeploymentSummary.pick({
    id: true,
    number: true,
    state: true,
    queuedAt: true,
    finishedAt: true,
  }).nullable(),
  downSince: z.iso.datetime().nullable(),
});
export type StandingService = z.infer<typeof StandingService>;

/** A day in the asked time zone. Cancelled deployments and those under way are in neither number. */
export const OverviewDay = z.object({
  day: z.iso.date(),
  succeeded: z.int(),
  failed: z.int(),
});
export type OverviewDay = z.infer<typeof OverviewDay>;

/** What the first page shows: of everything for who sees everything, of their own services for who sees those. */
export const Overview = z.object({
  running: z.object({ total: z.int(), items: z.array(RunningDeployment) }),
  failed: z.object({ total: z.int(), items: z.array(FailedDeployment) }).describe("In the last 24 hours"),
  services: z.object({
    total: z.int(),
    standings: z.record(Standing, z.int()),
    items: z.array(StandingService).describe("Those that need a look first"),
  }),
  days: z.array(OverviewDay).length(OVERVIEW_DAYS).describe("Oldest first; today is the last"),
  successRate: z.number().nullable().describe("Of what ended in these days, from 0 to 1; null when nothing did"),
  duration: z.object({
    medianMs: z.int().nullable().describe("Of what succeeded in the newest seven days"),
    earlierMedianMs: z.int().nullable().describe("Of what succeeded in the seven days before"),
  }),
  targets: z.array(
    TargetView.pick({ id: true, name: true, kind: true, disabledAt: true, lastCheck: true, lastCheckAt: true }),
  ),
});
export type Overview = z.infer<typeof Overview>;
