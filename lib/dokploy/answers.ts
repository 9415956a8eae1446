import * as z from "zod";

/**
 * What is read of a Dokploy server's answers, and nothing else: they carry secrets in the clear. Fields that some
 * version lacks have a default; fields that are new are ignored.
 */

const id = z.string().min(1);
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? null);

/** Most changes answer with a row, `true` or nothing; none of it is needed. */
export const Anything = z.unknown();
export const VersionText = z.string();
export const Text = z.string();

/** Environments came with 0.25; before, applications were the project's own. */
const STANDARD_ENVIRONMENT = "production";
const rows = z.array(z.unknown()).default([]);
/** Of what is not an application, only how much there is. */
const held = {
  applications: z.array(z.object({ applicationId: id, name: z.string() })).default([]),
  compose: rows,
  mariadb: rows,
  mongo: rows,
  mysql: rows,
  postgres: rows,
  redis: rows,
  libsql: rows,
};
const Held = z.object(held).transform(({ applications, ...others }) => ({
  applications,
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
  .transform(({ environments, applications, others, ...project }) => ({
    ...project,
    environments: environments ?? [
      { environmentId: null, name: STANDARD_ENVIRONMENT, isDefault: true, applications, others },
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

/** Quoted; and for the last of an empty column, the column's own name. */
function taskError(said: string | null): string | null {
  const error = said?.replace(/^"(.*)"$/s, "$1").trim() ?? "";
  return error === "" || error === "Error:" ? null : error;
}

export const Containers = z.array(
  z.object({ containerId: id, name: z.string().default(""), state: z.string(), status: z.string().default("") }),
);
export const Inspected = z.object({ Config: z.object({ Image: z.string() }) });

export const KeyRow = z.object({
  start: text,
  rateLimitEnabled: z.boolean().nullish(),
  rateLimitMax: z.number().nullish(),
  rateLimitTimeWindow: z.number().nullish(),
  remaining: z.number().nullish(),
});
export const Membership = z.object({
  role: z.string(),
  user: z.object({ apiKeys: z.array(KeyRow).catch([]) }).catch({ apiKeys: [] }),
});
