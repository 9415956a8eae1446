import * as z from "zod";

/** When a new release is healthy enough to get traffic; every value is configurable per service (design 4). */
export const HealthCheck = z.strictObject({
  /** How long the release may take to open its port. */
  portTimeoutMs: z.int().min(1_000).max(600_000).default(30_000),
  requestTimeoutMs: z.int().min(100).max(60_000).default(5_000),
  intervalMs: z.int().min(50).max(60_000).default(2_000),
  /** Successful checks in a row before it is healthy. After the first success, the interval is `goodIntervalMs`. */
  healthyThreshold: z.int().min(1).max(20).default(3),
  goodIntervalMs: z.int().min(10).max(60_000).default(100),
  /** Failed checks in a row before it is unhealthy. */
  unhealthyThreshold: z.int().min(1).max(100).default(3),
  /** How long the public address is probed before the old release stops; at most a second when reverting. */
  stabilityMs: z.int().min(0).max(600_000).default(2_000),
  /** How long in-flight requests on the old release may take to finish. */
  drainMs: z.int().min(0).max(600_000).default(10_000),
  /** How often the live release is requested after the deployment. */
  watchMs: z.int().min(5_000).max(3_600_000).default(30_000),
});
export type HealthCheck = z.infer<typeof HealthCheck>;

/** One request to a running service's health path, and its response. */
export const HealthProbe = z.object({
  at: z.iso.datetime(),
  port: z.int(),
  path: z.string(),
  ok: z.boolean(),
  /** Null without an HTTP response. */
  status: z.int().nullable(),
  durationMs: z.number(),
  /** The first bytes of the response body, to show to a person. */
  bodyStart: z.string().nullable(),
  /** Why there was no response, as the machine reports it (ECONNREFUSED). */
  error: z.string().nullable(),
});
export type HealthProbe = z.infer<typeof HealthProbe>;
