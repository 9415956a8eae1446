import { z } from "zod";
import { isImageReference } from "./image-reference";
import { Domain, Environment, HealthPath, Port, ServiceName } from "./service";

/** `{name}` stands for the stack's name. */
export const VolumePattern = z
  .string()
  .max(100)
  .regex(/^[a-zA-Z0-9{][a-zA-Z0-9_.{}-]*$/, { error: "not-a-volume-name" })
  .refine((pattern) => /^[^{}]*$/.test(pattern.replaceAll("{name}", "")), { error: "not-a-volume-name" });

export const TemplateVolume = z.strictObject({
  name: VolumePattern,
  path: z
    .string()
    .max(4_096)
    .regex(/^\/[^\0]*$/, { error: "not-absolute" }),
});

export const TemplateLimits = z.strictObject({
  memoryMb: z.int().min(16).max(1_048_576).nullable().default(null),
  cpus: z.number().min(0.05).max(256).nullable().default(null),
});

const fields = {
  description: z.string().trim().max(500).nullish(),
  /** With its tag or digest. */
  image: z.string().trim().max(512).refine(isImageReference, { error: "not-an-image" }),
  port: Port,
  volumes: z.array(TemplateVolume).max(8),
  /** A stack answers at `<name>.<suffix>`. */
  domainSuffix: Domain.or(z.literal("localhost")),
  /** With a certificate of Let's Encrypt, which the server gets by itself. */
  https: z.boolean(),
  healthPath: HealthPath,
  limits: TemplateLimits,
  target: z.string().min(1).max(63).describe("Name of a Dokploy target").nullish(),
};

export const NewTemplate = z.strictObject({
  name: ServiceName,
  ...fields,
  volumes: fields.volumes.default([]),
  https: fields.https.default(true),
  healthPath: fields.healthPath.default("/health"),
  limits: fields.limits.prefault({}),
  environment: Environment.default({}),
});
export type NewTemplate = z.infer<typeof NewTemplate>;

/** A field that is absent stays as it is. Running stacks take it up with their next deployment. */
export const TemplateChange = z.strictObject({
  ...fields,
  image: fields.image.optional(),
  port: fields.port.optional(),
  volumes: fields.volumes.optional(),
  domainSuffix: fields.domainSuffix.optional(),
  https: fields.https.optional(),
  healthPath: fields.healthPath.optional(),
  limits: fields.limits.optional(),
  environment: z
    .strictObject({ set: Environment.default({}), unset: z.array(z.string()).default([]) })
    .describe("`set` replaces or adds, `unset` removes; the rest stays")
    .optional(),
});
export type TemplateChange = z.infer<typeof TemplateChange>;

export const TemplateView = z.object({
  id: z.uuid(),
  name: z.string(),
  description: z.string().nullable(),
  image: z.string(),
  port: z.int(),
  volumes: z.array(z.object({ name: z.string(), path: z.string() })),
  domainSuffix: z.string(),
  https: z.boolean(),
  healthPath: z.string(),
  limits: z.object({ memoryMb: z.int().nullable(), cpus: z.number().nullable() }),
  /** Null is the first Dokploy target there is. */
  target: z.string().nullable(),
  /** Names only; values are never answered. */
  environment: z.array(z.string()),
  /** Named by the environment Landfall was started with: changed only there. */
  readOnly: z.boolean(),
  stacks: z.int(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});
export type TemplateView = z.infer<typeof TemplateView>;
