import * as z from "zod";
import { ServiceCheck, ServiceCheckDetail } from "./drift";
import { CommitId } from "./git-source";
import { HealthCheck } from "./health-check";
import { Port } from "./port";
import { ProblemData } from "./problem";
import { ProcessState } from "./process-type";
import { newName } from "./reserved-names";
import { Live } from "./service-status";
import { Source, SourceRevision } from "./source";

/** A DNS label: it is used as a directory, a container name and a host name. */
export const ServiceName = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, { error: "not-a-dns-label" });

/** The name of a service to create. */
export const NewServiceName = newName(ServiceName, "services");

export const EnvironmentName = z
  .string()
  .max(256)
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: "not-an-identifier" });
export const Environment = z.record(
  EnvironmentName,
  z
    .string()
    .max(65_536)
    .refine((v) => !v.includes("\0"), { error: "nul-character" }),
);
export type Environment = z.infer<typeof Environment>;

/** As it stands in a request: what an address has no character for is percent-encoded. */
export const HealthPath = z
  .string()
  .max(512)
  .regex(/^\/(?:[\w.~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*$/, { error: "not-a-path" });
/** Requested where no one chose a path. A release that has nothing there is proven by its root. */
export const USUAL_HEALTH_PATH = "/health";
const ChosenHealthPath = HealthPath.nullish().describe(
  "Null or absent: `/health`, or `/` where a release answers `/health` with 404. A path that is given is never replaced",
);
export const Domain = z
  .string()
  .max(253)
  .regex(/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/, { error: "not-a-domain" });

export const Volume = z.strictObject({
  name: ServiceName,
  path: z
    .string()
    .regex(/^\/[^\0]*$/, { error: "not-absolute" })
    .max(4_096),
});
export type Volume = z.infer<typeof Volume>;

/** Two volumes with the same name or path would make every deployment fail. */
export function refuseRepeatedVolumes(
  volumes: readonly { name: string; path: string }[],
  ctx: z.core.$RefinementCtx<unknown>,
): void {
  volumes.forEach((volume, index) => {
    const isTwice = volumes.slice(0, index).some(({ name, path }) => name === volume.name || path === volume.path);
    if (isTwice) ctx.addIssue({ code: "custom", message: "volume-twice", path: [index] });
  });
}
const Volumes = z.array(Volume).max(32).superRefine(refuseRepeatedVolumes);

export const DRIVER_KINDS = ["process", "docker", "systemd", "dokploy"] as const;
export const DriverKind = z.enum(DRIVER_KINDS);
export type DriverKind = z.infer<typeof DriverKind>;

/** What a driver needs beyond the fields above is checked by the driver's own schema (drivers/<kind>/settings.ts). */
export const DriverSettings = z
  .record(z.string(), z.json())
  .default({})
  .describe(
    "What the driver takes. The drivers of hosts take the service's own commands: `releaseCommand` runs once for each release, after it is built and before it starts; `beforeSwitch` and `afterSwitch` run around the switch; `commandTimeoutSeconds` is for each of them. `keepAssets` names folders of the site whose files of replaced releases stay answerable for a day, as in `_next/static assets=dist/assets`. `processes` has the process types without a port, by name: `{worker: {command: node worker.js, replicas: 2}}`, each with `command`, `check`, `replicas` (0 turns a type off), `handover`, `memoryMb` and `cpus`; for `process` and `systemd` those of a Procfile run too. `dokploy`, and so every stack, refuses them",
  );

const serviceFields = {
  target: z.string().min(1).max(63).describe("Name of the target; the default target when absent").optional(),
  driver: DriverKind,
  source: Source,
  settings: DriverSettings,
  port: Port,
  healthPath: ChosenHealthPath,
  health: HealthCheck.partial().default({}),
  domain: Domain.nullish(),
  volumes: Volumes.default([]),
  dropletId: z.int().min(1).nullish(),
  autoRegister: z.boolean().default(true),
};

const SecretChoices = z
  .record(EnvironmentName, z.boolean())
  .default({})
  .describe("Whether a variable is a secret, which logs mask. Guessed by name and value for those that are not named");

export const NewService = z.strictObject({
  name: NewServiceName,
  ...serviceFields,
  environment: Environment.default({}),
  secret: SecretChoices,
});
export type NewService = z.infer<typeof NewService>;

/** A field that is absent stays unchanged. Changes take effect at the next deployment. */
export const ServiceChange = z.strictObject({
  driver: DriverKind.optional(),
  source: Source.optional(),
  settings: z.record(z.string(), z.json()).optional(),
  port: Port.optional(),
  healthPath: ChosenHealthPath,
  health: HealthCheck.partial().optional(),
  domain: Domain.nullish(),
  volumes: Volumes.optional(),
  dropletId: z.int().min(1).nullish(),
  autoRegister: z.boolean().optional(),
});
export type ServiceChange = z.infer<typeof ServiceChange>;

/** `set` replaces or adds, `unset` removes; other variables stay. Each change is one new revision. */
export const EnvironmentChange = z.strictObject({
  set: Environment.default({}),
  unset: z.array(EnvironmentName).default([]),
  secret: SecretChoices,
});
export type EnvironmentChange = z.infer<typeof EnvironmentChange>;

export const EnvironmentEntry = z.object({
  name: z.string(),
  changedAt: z.iso.datetime(),
  changedBy: z.string().nullable(),
  revision: z.int(),
  secret: z.boolean().describe("Whether logs mask it"),
  secretChosen: z.boolean().describe("Whether a person said so; guessed otherwise"),
});
export type EnvironmentEntry = z.infer<typeof EnvironmentEntry>;

/** A label or reason that a person adds to a deployment: a tag, a commit, a sentence. One line each. */
const Label = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), { error: "control-character" });
export const Version = Label(64);
export const DeployMessage = Label(300);

/** The input of a deployment, frozen when it was requested. A release keeps it; a rollback restores it. */
export const DeploymentSpec = z.object({
  serviceName: ServiceName,
  driver: DriverKind,
  source: Source,
  /** Resolved by the worker before it first reads the source. Absent for kinds without revisions. */
  revision: SourceRevision.optional(),
  /** The requested commit; the newest commit of the branch when absent. `revision` has the deployed commit. */
  commit: CommitId.optional(),
  settings: z.record(z.string(), z.json()),
  port: Port,
  /** Stored as accepted by the version that received the request, or the path that proved the release instead. */
  healthPath: z.string(),
  /** False when no one chose the path; absent in specs of versions that did not tell. */
  healthPathChosen: z.boolean().optional(),
  health: HealthCheck,
  domain: Domain.nullable(),
  volumes: z.array(Volume),
  dropletId: z.int().nullable(),
  autoRegister: z.boolean(),
  environmentRevisionId: z.uuid().nullable(),
  /** A job id set by the client of the deployer API. */
  clientJobId: z.string().optional(),
  /** Only for a removal: also remove what the service stored (its volumes on a platform)? */
  removeData: z.boolean().optional(),
  /** Only for a deploy: build even if an earlier build had the same input? */
  rebuild: z.boolean().optional(),
  version: z.string().optional(),
  message: z.string().optional(),
});
export type DeploymentSpec = z.infer<typeof DeploymentSpec>;

/** The state of a running service as reported by the host. */
export const RuntimeState = z.object({
  state: z.enum(["running", "starting", "restarting", "down", "absent", "unknown"]),
  releaseId: z.uuid().nullable(),
  since: z.iso.datetime().nullable(),
  restarts: z.int().default(0),
  exitCode: z.int().nullable().default(null),
  processes: z.array(ProcessState).default([]).describe("Copies of process types without a port, by type"),
});
export type RuntimeState = z.infer<typeof RuntimeState>;

export const ServiceSummary = z.object({
  id: z.uuid(),
  name: z.string(),
  driver: DriverKind,
  target: z.object({ id: z.uuid(), name: z.string(), kind: z.string() }),
  owner: z.object({ id: z.uuid(), name: z.string() }),
  port: z.int(),
  url: z.string().nullable(),
  currentRelease: z.object({ id: z.uuid(), number: z.int() }).nullable(),
  live: Live,
  lastDeployment: z
    .object({
      id: z.uuid(),
      number: z.int(),
      kind: z.string(),
      state: z.string(),
      finishedAt: z.iso.datetime().nullable(),
      queuedAt: z.iso.datetime(),
    })
    .nullable(),
  check: ServiceCheck.nullable().describe("What the newest look at its host saw of the release that should serve"),
  createdAt: z.iso.datetime(),
});
export type ServiceSummary = z.infer<typeof ServiceSummary>;

export const ServiceDetail = ServiceSummary.extend({
  source: Source,
  settings: z.record(z.string(), z.json()),
  healthPath: z
    .string()
    .describe("The path for health checks of the live release, or of the next one while none is live"),
  healthPathChosen: z.boolean().describe("Whether a person said so; `/health`, else `/`, otherwise"),
  health: HealthCheck,
  domain: z.string().nullable(),
  volumes: z.array(Volume),
  dropletId: z.int().nullable(),
  autoRegister: z.boolean(),
  check: ServiceCheckDetail.nullable(),
  environment: z.array(EnvironmentEntry),
  environmentRevision: z.int().nullable(),
  registration: z
    .object({
      endpoint: z.string(),
      status: z.string(),
      registeredAt: z.iso.datetime().nullable(),
      problem: ProblemData.nullable(),
    })
    .nullable(),
});
export type ServiceDetail = z.infer<typeof ServiceDetail>;
