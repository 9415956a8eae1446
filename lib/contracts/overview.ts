import * as z from "zod";
import { DeploymentSummary, PhaseView } from "./deployment";
import { ServiceCheckDetail } from "./drift";
import { PhaseKey } from "./phase-shape";
import { ProblemData } from "./problem";
import { Live, ServiceStatus } from "./service-status";
import { TargetView } from "./target";
import { HealthAnswer } from "./uptime";

/** Days of history in the overview. */
export const OVERVIEW_DAYS = 14;

/** An IANA time zone name, as browsers report it. */
export const TimeZone = z.string().max(64).refine(isTimeZone, { error: "not-a-time-zone" });

function isTimeZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone !== "";
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

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

/** The two parts of a service's status: what is live, and how its last deployment ended. */
export const StatusOfService = z.object({
  id: z.uuid(),
  name: z.string(),
  target: z.string(),
  live: Live,
  lastDeployment: DeploymentSummary.pick({
    id: true,
    number: true,
    kind: true,
    state: true,
    queuedAt: true,
    finishedAt: true,
  }).nullable(),
});
export type StatusOfService = z.infer<typeof StatusOfService>;

/** A service that is not running, or whose last deployment failed without a newer one. */
export const ServiceInNeed = StatusOfService.extend({
  failed: z
    .object({ phase: PhaseKey.nullable(), problem: ProblemData.nullable() })
    .nullable()
    .describe("Of the last deployment, when it failed"),
  health: HealthAnswer.nullable().describe("The newest answer of the live release, when it is unhealthy"),
  check: ServiceCheckDetail.nullable().describe("Of the live release, when it is down or restarting"),
});
export type ServiceInNeed = z.infer<typeof ServiceInNeed>;

/** A day in the requested time zone. Cancelled and running deployments count in neither number. */
export const OverviewDay = z.object({
  day: z.iso.date(),
  succeeded: z.int(),
  failed: z.int(),
});
export type OverviewDay = z.infer<typeof OverviewDay>;

/** The data of the first page: all services, or the caller's own where their role sees no others. */
export const Overview = z.object({
  running: z.object({ total: z.int(), items: z.array(RunningDeployment) }),
  attention: z.object({ total: z.int(), items: z.array(ServiceInNeed) }).describe("One row per service, worst first"),
  services: z.object({
    total: z.int(),
    statuses: z.record(ServiceStatus, z.int()).describe("How many have each; one service can have two"),
    items: z.array(StatusOfService).describe("Those that need no attention"),
  }),
  days: z.array(OverviewDay).length(OVERVIEW_DAYS).describe("Oldest first; today is the last"),
  successRate: z.number().nullable().describe("Of what ended in these days, from 0 to 1; null when nothing did"),
  duration: z.object({
    medianMs: z.int().nullable().describe("Of what succeeded in the newest seven days"),
    earlierMedianMs: z.int().nullable().describe("Of what succeeded in the seven days before"),
  }),
  failingChannels: z
    .array(z.object({ id: z.uuid(), name: z.string(), failingSince: z.iso.datetime() }))
    .describe("Notification channels that keep failing: one's own, and all for an administrator"),
  targets: z.array(
    TargetView.pick({ id: true, name: true, kind: true, disabledAt: true, lastCheck: true, lastCheckAt: true }),
  ),
});
export type Overview = z.infer<typeof Overview>;
