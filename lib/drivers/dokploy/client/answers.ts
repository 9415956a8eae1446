import * as z from "zod";
import type { VolumeRemoval } from "./types";

/*
 * The parts of a Dokploy server's answers that Landfall reads. Nothing else is kept, because answers contain secrets in
 * plain text. Fields that a version lacks have a default; other fields are ignored.
 */

const id = z.string().min(1);
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? null);

/** Most changes answer with a row, `true` or nothing, and none of it is needed. */
export const Anything = z.unknown();
export const VersionText = z.string();
export const Text = z.string();

/** Since 0.25 a project has environments; before, it had the applications itself. */
const STANDARD_ENVIRONMENT = "production";
const rows = z.array(z.unknown()).default([]);
/** For databases and compose services, only their number is read. */
const held = {
  applications: z.array(z.object({ applicationId: id, name: z.string() })).default([]),
  compose: z.array(z.looseObject({ composeId: id.optional(), name: z.string().default("") })).default([]),
  mariadb: rows,
  mongo: rows,
  mysql: rows,
  postgres: rows,
  redis: rows,
  libsql: rows,
};
const Held = z.object(held).transform(({ applications, ...others }) => ({
  applications,
  composes: others.compose.flatMap(({ composeId, name }) => (composeId === undefined ? [] : [{ composeId, name }])),
  others: Object.values(others).flat().length,
}));

const Environment = z
  .object({ environmentId: id, name: z.string(), isDefault: z.boolean().optional() })
  .transform(({ isDefault, ...environment }) => ({
    ...environment,
    isDefault: isDefault ?? environment.name === STANDARD_ENVIRONMENT,
  }))
  .and(Held);

export const Project = z
  .object({ projectId: id, name: z.string(), description: text, environments: z.array(Environment).optional() })
  .and(Held)
  .transform(({ environments, applications, composes, others, ...project }) => ({
    ...project,
    environments: environments ?? [
      { environmentId: null, name: STANDARD_ENVIRONMENT, isDefault: true, applications, composes, others },
    ],
  }));
export const Projects = z.array(Project);

export const CreatedProject = z.union([
  z
    .object({ project: z.object({ projectId: id }), environment: z.object({ environmentId: id }) })
    .transform(({ project, environment }) => ({ ...project, ...environment })),
  z.object({ projectId: id }).transform(({ projectId }) => ({ projectId, environmentId: null })),
]);

export const Domain = z.object({
  domainId: id,
  host: z.string(),
  https: z.boolean().default(false),
  port: z
    .number()
    .nullish()
    .transform((port) => port ?? null),
  certificateType: text,
});
export const Domains = z.array(Domain);

export const OwnedDomains = z.array(
  z
    .object({ host: z.string(), serviceOwnerId: id, serviceName: z.string().default("") })
    .transform(({ host, serviceOwnerId, serviceName }) => ({ host, ownerId: serviceOwnerId, ownerName: serviceName })),
);

export const CreatedDomain = z.object({ domainId: id });

const Mount = z.object({ mountId: id, type: z.string(), volumeName: text, mountPath: z.string() });

export const Application = z
  .object({
    applicationId: id,
    name: z.string(),
    appName: z.string(),
    description: text,
    applicationStatus: z.string().default("idle"),
    dockerImage: text,
    domains: Domains.default([]),
    mounts: z.array(Mount).default([]),
  })
  .transform(({ applicationStatus, dockerImage, ...application }) => ({
    ...application,
    status: applicationStatus,
    image: dockerImage,
  }));
export const CreatedApplication = z.object({ applicationId: id, appName: z.string() });

const Deployment = z.object({
  deploymentId: id,
  title: z.string().default(""),
  status: z.enum(["running", "done", "error", "cancelled"]).or(z.unknown().transform(() => "unknown" as const)),
  errorMessage: text,
  createdAt: z.string().default(""),
});
export const Deployments = z.array(Deployment);

const Job = z
  .object({
    state: z.string().default("unknown"),
    data: z.object({ applicationId: text, titleLog: text }).default({ applicationId: null, titleLog: null }),
  })
  .transform(({ state, data }) => ({ applicationId: data.applicationId, title: data.titleLog, state }));
export const Jobs = z.array(Job);

const Task = z
  .object({ containerId: id, state: z.string(), currentState: z.string(), error: text })
  .transform(({ containerId, error, ...task }) => ({ taskId: containerId, ...task, error: taskError(error) }));
export const Tasks = z.array(Task);

/** The server quotes the text, and returns the column's name for an empty last column. */
function taskError(said: string | null): string | null {
  const error = said?.replace(/^"(.*)"$/s, "$1").trim() ?? "";
  return error === "" || error === "Error:" ? null : error;
}

export const Containers = z.array(
  z.object({ containerId: id, name: z.string().default(""), state: z.string(), status: z.string().default("") }),
);
export const Inspected = z
  .object({
    Config: z.object({ Image: z.string() }),
    Mounts: z.array(z.object({ Name: z.string().optional() })).default([]),
  })
  .transform(({ Config, Mounts }) => ({
    image: Config.Image,
    volumes: Mounts.flatMap(({ Name }) => (Name === undefined ? [] : [Name])),
  }));

/** "1/2", and "1/2 (max 1 per node)". */
export const Services = z
  .array(z.object({ Name: z.string(), Replicas: z.string().default("") }))
  .nullable()
  .transform((rows) =>
    (rows ?? []).map(({ Name, Replicas }) => {
      const [, running = "0", wanted = "0"] = /^(\d+)\/(\d+)/.exec(Replicas) ?? [];
      return { name: Name, running: Number(running), wanted: Number(wanted) };
    }),
  );

/** A successful removal answers with nothing. */
export const Removed = z.unknown().transform(() => "removed" as VolumeRemoval);
/** Only whether the file can be read matters. */
export const FileRead = z.unknown().transform((): boolean | null => true);

export const Membership = z.object({ role: z.string() });
