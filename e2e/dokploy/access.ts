import { ApiError, notFound } from "./api-error";
import type { Call } from "./procedure";
import type { ApplicationRow, EnvironmentRow, ProjectRow } from "./rows";

/** The permissions. A refusal is a 401 nearly everywhere, and each router words it differently. */

export function requirePermission({ caller }: Call, resource: string): void {
  if (caller.role === "member") throw new ApiError("UNAUTHORIZED", `unauthorized to access resource "${resource}"`);
}

export function projectOf({ server, caller }: Call, projectId: string, act = "access"): ProjectRow {
  const project = server.state.projects.get(projectId);
  if (!project) throw notFound("Project");
  if (caller.role === "member") throw new ApiError("UNAUTHORIZED", "You don't have access to this project");
  if (project.organizationId !== caller.organizationId)
    throw new ApiError("UNAUTHORIZED", `You are not authorized to ${act} this project`);
  return project;
}

export function environmentOf({ server, caller }: Call, environmentId: string): EnvironmentRow {
  const environment = server.state.environments.get(environmentId);
  if (!environment) throw notFound("Environment");
  const project = server.state.projects.get(environment.projectId);
  if (project?.organizationId !== caller.organizationId || caller.role === "member")
    throw new ApiError("FORBIDDEN", "You are not allowed to access this environment");
  return environment;
}

export function applicationOf(call: Call, applicationId: string, act = "access"): ApplicationRow {
  const { server, caller } = call;
  const application = server.state.applications.get(applicationId);
  if (!application) throw notFound("Application");
  if (caller.role === "member") throw new ApiError("UNAUTHORIZED", "You don't have access to this service");
  if (server.state.organizationOf(application) !== caller.organizationId)
    throw new ApiError("UNAUTHORIZED", `You are not authorized to ${act} this application`);
  return application;
}

/** For lists that are empty when their application does not exist. */
export function applicationIfThere(call: Call, applicationId: string | null): ApplicationRow | undefined {
  const isThere = applicationId !== null && call.server.state.applications.has(applicationId);
  return isThere ? applicationOf(call, applicationId) : undefined;
}
