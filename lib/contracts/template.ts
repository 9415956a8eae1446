import * as z from "zod";
import { HEALTH_COMMAND } from "./health-command";
import { isImageReference } from "./image-reference";
import { Port } from "./port";
import { newName } from "./reserved-names";
import {
  Domain,
  Environment,
  EnvironmentName,
  HealthPath,
  refuseRepeatedVolumes,
  ServiceName,
  Volume,
} from "./service";
import { STACK_NAME_LENGTH } from "./stack";

const LONGEST_NAME = "n".repeat(STACK_NAME_LENGTH.most);

/** `{name}` is required and is replaced by the stack's name: volume names are unique per server. */
export const VolumePattern = z
  .string()
  .max(100)
  .refine((pattern) => pattern.includes("{name}") && isVolumeName(fillPattern(pattern, LONGEST_NAME)), {
    error: "not-a-volume-name",
  });

function isVolumeName(name: string): boolean {
  return Volume.shape.name.safeParse(name).success;
}

export function fillPattern(pattern: string, stackName: string): string {
  return pattern.replaceAll("{name}", stackName);
}

export const TemplateVolume = z.strictObject({ name: VolumePattern, path: Volume.shape.path });
export type TemplateVolume = z.infer<typeof TemplateVolume>;

/** A stack's domain is `<name>.<suffix>`. */
export const DomainSuffix = Domain.or(z.literal("localhost")).refine(
  (suffix) => Domain.safeParse(`${LONGEST_NAME}.${suffix}`).success,
  { error: "not-a-domain" },
);

const TemplateVolumes = z.array(TemplateVolume).max(8).superRefine(refuseRepeatedVolumes);

export const TemplateLimits = z.strictObject({
  memoryMb: z.int().min(32).max(1_048_576).nullable().default(null),
  cpus: z.number().min(0.05).max(256).nullable().default(null),
});
export type TemplateLimits = z.infer<typeof TemplateLimits>;

const fields = {
  description: z.string().trim().max(500).nullish(),
  /** Includes its tag or digest. */
  image: z.string().trim().max(512).refine(isImageReference, { error: "not-an-image" }),
  port: Port,
  volumes: TemplateVolumes,
  domainSuffix: DomainSuffix,
  /** The server obtains the certificate from Let's Encrypt itself. */
  https: z.boolean(),
  healthPath: HealthPath,
  limits: TemplateLimits,
  healthCommand: HEALTH_COMMAND.describe(
    "Run in the container by Docker Swarm, which stops the old container only after it succeeded in the new one",
  ).nullish(),
  target: z.string().min(1).max(63).describe("Name of a Dokploy target").nullish(),
};

export const NewTemplate = z.strictObject({
  name: newName(ServiceName, "templates"),
  ...fields,
  volumes: fields.volumes.default([]),
  https: fields.https.default(true),
  healthPath: fields.healthPath.default("/health"),
  limits: fields.limits.prefault({}),
  environment: Environment.default({}),
});
export type NewTemplate = z.infer<typeof NewTemplate>;

/** A field that is absent stays unchanged. Running stacks get the change with their next deployment. */
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
    .strictObject({ set: Environment.default({}), unset: z.array(EnvironmentName).default([]) })
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
  healthCommand: z.string().nullable(),
  /** Null means the first available Dokploy target. */
  target: z.string().nullable(),
  /** Names only; values are never returned. */
  environment: z.array(z.string()),
  /** Set by an environment variable of Landfall, and read-only here. */
  readOnly: z.boolean(),
  stacks: z.int(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});
export type TemplateView = z.infer<typeof TemplateView>;
