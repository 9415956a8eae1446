import * as z from "zod";

/** Whether a live release answers on its health path, and how long it did in the last days. */

export const UPTIME_DAYS = 30;

/** `unknown`: its host did not answer, or no request was made yet. */
export const WatchState = z.enum(["healthy", "unhealthy", "unknown"]);
export type WatchState = z.infer<typeof WatchState>;

export const HealthAnswer = z.object({
  at: z.iso.datetime(),
  ok: z.boolean(),
  status: z.int().nullable().describe("Null without an HTTP response"),
  durationMs: z.number(),
  error: z.string().nullable().describe("Why there was no response"),
});
export type HealthAnswer = z.infer<typeof HealthAnswer>;

export const UptimeDay = z.object({ day: z.iso.date(), healthyMs: z.int(), unhealthyMs: z.int() });
export type UptimeDay = z.infer<typeof UptimeDay>;

export const ServiceUptime = z.object({
  state: WatchState,
  since: z.iso.datetime().nullable(),
  answer: HealthAnswer.nullable().describe("To the newest request"),
  everyMs: z.int().describe("How often it is requested"),
  share: z.number().min(0).max(1).nullable().describe("Healthy, of the time in which it is known; null when none is"),
  knownSince: z.iso
    .datetime()
    .nullable()
    .describe("Since when it is known, at most these days back; null when it never was"),
  days: z.array(UptimeDay).length(UPTIME_DAYS).describe("In UTC, oldest first; today is the last"),
});
export type ServiceUptime = z.infer<typeof ServiceUptime>;
