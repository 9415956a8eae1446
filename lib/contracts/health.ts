import * as z from "zod";

/** `unknown`: not checked yet, or the check needs the database, which is down. */
export const CheckStatus = z.enum(["ok", "warning", "failed", "unknown"]);
export type CheckStatus = z.infer<typeof CheckStatus>;

/** Details name hosts, paths and targets, so only signed-in users get them. */
const Check = z.object({ status: CheckStatus, details: z.record(z.string(), z.json()).optional() });
export type Check = z.infer<typeof Check>;

export const CircuitState = z.enum(["closed", "open", "half-open"]);

export const HealthChecks = z.object({
  database: Check,
  queue: Check,
  workers: Check,
  targets: Check,
  registry: Check,
  dokploy: Check.extend({ circuit: CircuitState }),
  disk: Check,
});
export type HealthChecks = z.infer<typeof HealthChecks>;

export const HealthStatus = z.enum(["healthy", "degraded", "unhealthy"]);
export type HealthStatus = z.infer<typeof HealthStatus>;

/** The documented response of `/health`. Existing clients depend on the mixed spelling. */
export const HealthReport = z.object({
  status: HealthStatus,
  timestamp: z.iso.datetime(),
  uptime: z.number().describe("Seconds"),
  version: z.string(),
  environment: z.string(),
  memory: z.object({ used: z.number(), total: z.number(), unit: z.literal("MB") }),
  ssh_status: z.enum(["connected", "disconnected", "not_configured"]),
  registry_status: z.enum(["reachable", "unreachable"]),
  features: z.object({
    productionClient: z.boolean(),
    retryLogic: z.boolean(),
    circuitBreaker: z.boolean(),
    autoRollback: z.boolean(),
    healthVerification: z.boolean(),
  }),
  checks: HealthChecks,
});
export type HealthReport = z.infer<typeof HealthReport>;
