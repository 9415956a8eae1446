import * as z from "zod";
import { ProblemData } from "./problem";

/** A row of the console's own list: an announcement, and the update that is pending. */
export const RegistrationView = z.object({
  id: z.uuid(),
  registry: z.string(),
  dropletId: z.int().nullable(),
  name: z.string(),
  service: z.object({ id: z.uuid(), name: z.string() }).nullable(),
  endpoint: z.string(),
  status: z.string(),
  metadata: z.json(),
  registeredAt: z.iso.datetime().nullable(),
  lastAnnouncedAt: z.iso.datetime().nullable(),
  pendingSince: z.iso.datetime().nullable(),
  problem: ProblemData.nullable(),
});
export type RegistrationView = z.infer<typeof RegistrationView>;

/** The Registry's own shapes, from its contract (docs/registry.md), which uses snake_case. */
export const Droplet = z.object({
  id: z.int(),
  name: z.string(),
  steward: z.string().nullable(),
  status: z.string(),
  endpoint: z.string(),
  proof: z.string().nullable(),
  cost_usd: z.number(),
  yield_usd: z.number(),
  metadata: z.record(z.string(), z.json()),
  registered_at: z.string(),
  updated_at: z.string(),
});
export type Droplet = z.infer<typeof Droplet>;

/** Some clients store ids as text and send digits. */
export const DropletNumber = z.preprocess(
  (value) => (typeof value === "string" && /^\d{1,10}$/.test(value) ? Number(value) : value),
  z.int().min(1).max(2_147_483_647),
);
const optional = { id: DropletNumber.nullish(), steward: z.string().max(200).nullish() };
export const NewDroplet = z.object({
  ...optional,
  name: z.string().min(1).max(200),
  endpoint: z.string().min(1).max(2_000),
  metadata: z.record(z.string(), z.json()).nullish(),
});
export const RegisterBody = z
  .object({
    ...optional,
    name: z.string().min(1).max(200),
    url: z.string().min(1).max(2_000).nullish(),
    endpoint: z.string().min(1).max(2_000).nullish(),
    version: z.string().max(200).nullish(),
  })
  .refine((body) => body.url != null || body.endpoint != null, { error: "url-or-endpoint", path: ["endpoint"] });
/** A field that is absent or null stays unchanged. */
const unlessNull = <T extends z.ZodType>(shape: T) =>
  shape
    .nullish()
    .transform((value) => value ?? undefined)
    .optional();
export const DropletChange = z.object({
  status: unlessNull(z.enum(["active", "inactive", "error"])),
  endpoint: unlessNull(z.string().min(1).max(2_000)),
  metadata: unlessNull(z.record(z.string(), z.json())),
  proof: unlessNull(z.string()),
  cost_usd: unlessNull(z.number()),
  yield_usd: unlessNull(z.number()),
});

/** What is announced about a service; the same for the built-in Registry and an external one. */
export interface Announcement {
  name: string;
  dropletId: number | null;
  endpoint: string;
  metadata: { deployment_method: string; port: number; host: string; release: string; deployed_at: string };
}
