import * as z from "zod";
import { APPLICATION_FIELDS } from "../application-row";
import type { Version } from "../version";
import { boolean, id, number, present, text } from "./shapes";

const sourceType = z.enum(["github", "docker", "git", "gitlab", "bitbucket", "gitea", "drop"]);
const appName = text
  .min(1)
  .max(63)
  .regex(/^[a-zA-Z0-9._-]+$/, {
    error: "App name can only contain letters, numbers, dots, underscores and hyphens",
  });

/** How a version treats a field that it does not know. */
const dropped = z.unknown().transform(() => undefined);

/** Before 0.25 an application belongs directly to the project. */
export function newApplication(version: Version) {
  const hasEnvironments = version.isAtLeast("0.25.0");
  return z.object({
    name: text.min(1),
    appName: appName.optional(),
    description: text.nullish(),
    serverId: text.nullish(),
    sourceType: version.isAtLeast("0.30.0") ? sourceType.optional() : dropped.optional(),
    environmentId: hasEnvironments ? id : dropped.optional(),
    projectId: hasEnvironments ? dropped.optional() : id,
  });
}

export const dockerProvider = z.object({
  applicationId: id,
  dockerImage: present,
  username: present,
  password: present,
  registryUrl: present,
});

/** All fields that the version knows. */
export const environment = (version: Version) =>
  z.object({
    applicationId: id,
    env: present,
    buildArgs: present,
    ...(version.isAtLeast("0.25.6") ? { buildSecrets: present } : {}),
    ...(version.isAtLeast("0.26.1") ? { createEnvFile: z.boolean().optional().nonoptional() } : {}),
  });

const healthCheck = z.strictObject({
  Test: z.array(text).optional(),
  Interval: number.optional(),
  Timeout: number.optional(),
  StartPeriod: number.optional(),
  Retries: number.optional(),
});

const OTHERS = APPLICATION_FIELDS.filter((field) => field !== "serverId" && field !== "applicationStatus");
const anything: Record<string, z.ZodOptional<z.ZodUnknown>> = Object.fromEntries(
  OTHERS.map((field) => [field, z.unknown().optional()]),
);

/** Any part of a row; unknown and read-only fields are dropped. */
export const applicationChange = z.object({
  ...anything,
  applicationId: id,
  name: text.min(1).optional(),
  sourceType: sourceType.optional(),
  env: text.nullish(),
  dockerImage: text.nullish(),
  memoryLimit: text.nullish(),
  cpuLimit: text.nullish(),
  replicas: number.optional(),
  rollbackActive: boolean.nullish(),
  rollbackRegistryId: text.nullish(),
  healthCheckSwarm: healthCheck.nullish(),
});
