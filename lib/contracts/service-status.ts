import * as z from "zod";

/**
 * A service's status has two parts. What is live: `down`, `restarting` and `unhealthy` describe a release that should
 * serve, `none` a service without a release. And how its last deployment ended, which says nothing about what is live.
 */
export const LIVE_STATES = ["down", "restarting", "unhealthy", "live", "none"] as const;

export const Live = z.object({
  state: z.enum(LIVE_STATES),
  release: z.int().nullable().describe("Number of the release that is live or should be"),
  since: z.iso.datetime().nullable().describe("When it went live, or was first seen down, restarting or unhealthy"),
});
export type Live = z.infer<typeof Live>;

/** Filters of lists and counts of the overview. Only `failed` and `changing` describe the last deployment. */
export const SERVICE_STATUSES = ["down", "restarting", "unhealthy", "failed", "changing", "live", "none"] as const;
export const ServiceStatus = z.enum(SERVICE_STATUSES);
export type ServiceStatus = z.infer<typeof ServiceStatus>;

export const SERVICE_ORDERS = ["newest", "name"] as const;
export const ServiceOrder = z.enum(SERVICE_ORDERS);
export type ServiceOrder = z.infer<typeof ServiceOrder>;
