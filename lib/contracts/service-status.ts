import * as z from "zod";

/**
 * A service's status is two facts. What is live: `down` and `restarting` are of a release that should run, `none` is a
 * service without a release. And how its last deployment ended, which says nothing about what is live.
 */
export const LIVE_STATES = ["down", "restarting", "live", "none"] as const;

export const Live = z.object({
  state: z.enum(LIVE_STATES),
  release: z.int().nullable().describe("Number of the release that is live or should be"),
  since: z.iso.datetime().nullable().describe("When it went live, or was first seen down or restarting"),
});
export type Live = z.infer<typeof Live>;

/** What lists can be narrowed to and the overview counts. `failed` and `changing` are of the last deployment, the others of what is live. */
export const SERVICE_STATUSES = ["down", "restarting", "failed", "changing", "live", "none"] as const;
export const ServiceStatus = z.enum(SERVICE_STATUSES);
export type ServiceStatus = z.infer<typeof ServiceStatus>;

export const SERVICE_ORDERS = ["newest", "name"] as const;
export const ServiceOrder = z.enum(SERVICE_ORDERS);
export type ServiceOrder = z.infer<typeof ServiceOrder>;
