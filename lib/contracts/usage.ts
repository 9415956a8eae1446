import * as z from "zod";

/** What a service used in the last hours: one figure a minute. */

export const USAGE_HOURS = 24;
export const MINUTE_MS = 60_000;

export const UsageFigure = z.object({
  isTold: z.boolean().describe("False where the host does not account for it"),
  latest: z.number().nullable().describe("Null when nothing is known of the last five minutes"),
  max: z.number().nullable(),
  minutes: z
    .array(z.number().nullable())
    .describe(
      "One for each minute from `from` on; null where nothing is known, for example while its host did not answer",
    ),
});
export type UsageFigure = z.infer<typeof UsageFigure>;

export const ServiceUsage = z.object({
  from: z.iso.datetime().describe("The first minute"),
  cpu: UsageFigure.describe("Percent of one processor"),
  memory: UsageFigure.describe("Bytes, without cached files that the host can drop"),
  restarts: z.array(z.object({ at: z.iso.datetime(), count: z.int() })).describe("Restarts of the live release"),
  deployments: z
    .array(z.object({ at: z.iso.datetime(), number: z.int() }))
    .describe("Those that succeeded in this time, oldest first"),
});
export type ServiceUsage = z.infer<typeof ServiceUsage>;

export const UsageQuery = z.strictObject({
  hours: z.coerce.number().int().min(1).max(USAGE_HOURS).default(USAGE_HOURS).describe("How far back"),
});
