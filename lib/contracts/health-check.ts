import * as z from "zod";

/** How a new release proves itself before it gets traffic; all of it configurable per service (design 4). */
export const HealthCheck = z.strictObject({
  /** How long the release may take to open its port. */
  portTimeoutMs: z.int().min(1_000).max(600_000).default(30_000),
  requestTimeoutMs: z.int().min(100).max(60_000).default(5_000),
  intervalMs: z.int().min(50).max(60_000).default(2_000),
  /** Good answers in a row that pass it. After the first one they are asked `goodIntervalMs` apart. */
  healthyThreshold: z.int().min(1).max(20).default(3),
  goodIntervalMs: z.int().min(10).max(60_000).default(100),
  /** Bad answers in a row that fail it. */
  unhealthyThreshold: z.int().min(1).max(100).default(3),
  /** How long the public way is probed after the switch before the old release is let go; a second at most on the way back. */
  stabilityMs: z.int().min(0).max(600_000).default(2_000),
  /** How long requests in flight on the old release may take to end. */
  drainMs: z.int().min(0).max(600_000).default(10_000),
});
export type HealthCheck = z.infer<typeof HealthCheck>;

/** One question to a running service's health path, and what came back. */
export const HealthProbe = z.object({
  at: z.iso.datetime(),
  port: z.int(),
  path: z.string(),
  ok: z.boolean(),
  /** Null when no HTTP answer came. */
  status: z.int().nullable(),
  durationMs: z.number(),
  /** The first bytes of the answer, for a person to look at. */
  bodyStart: z.string().nullable(),
  /** Why no answer came, as the machine says it (ECONNREFUSED). */
  error: z.string().nullable(),
});
export type HealthProbe = z.infer<typeof HealthProbe>;
