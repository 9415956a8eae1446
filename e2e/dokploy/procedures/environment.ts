import * as z from "zod";
import { environmentOf, projectOf } from "../access";
import { ApiError, failedQuery } from "../api-error";
import { type Call, mutation, type Procedures, query } from "../procedure";
import { type EnvironmentRow, newId, now } from "../rows";
import { environmentRowView, environmentView } from "../views";
import { id, text } from "./shapes";

function create(
  call: Call,
  { name, description, projectId }: { name: string; description?: string; projectId: string },
) {
  if (name === "production")
    throw new ApiError("BAD_REQUEST", "You cannot create a environment with the name 'production'");
  const row: EnvironmentRow = {
    ...{ environmentId: newId(), name, description: description ?? null, createdAt: now() },
    ...{ env: "", projectId, isDefault: false },
  };
  if (!call.server.state.projects.has(projectId)) {
    const statement = 'insert into "environment" ("environmentId", "name", …) values ($1, $2, default, $3, …)';
    const failure = failedQuery(statement, [row.environmentId, name, row.createdAt, projectId]);
    throw new ApiError("BAD_REQUEST", `Error creating the environment: ${failure}`);
  }
  projectOf(call, projectId);
  call.server.state.environments.set(row.environmentId, row);
  return environmentRowView(row, call.server.version);
}

export const environmentProcedures: Procedures = {
  "environment.create": mutation(
    z.object({ name: text.min(1), description: text.optional(), projectId: id }),
    (input, call) => create(call, input),
  ),
  "environment.one": query(z.object({ environmentId: id }), ({ environmentId }, call) =>
    environmentView(call.server.state, environmentOf(call, environmentId), call.server.version),
  ),
  /** For a missing project: an empty list. */
  "environment.byProjectId": query(z.object({ projectId: id }), ({ projectId }, { server, caller }) => {
    const { state, version } = server;
    const project = state.projects.get(projectId);
    if (project && project.organizationId !== caller.organizationId)
      throw new ApiError("BAD_REQUEST", "Error fetching environments: You are not allowed to access this environment");
    if (caller.role === "member") return [];
    return state.environmentsOf(projectId).map((row) => environmentView(state, row, version, true));
  }),
  "environment.remove": mutation(z.object({ environmentId: id }), ({ environmentId }, call) => {
    const { state, version } = call.server;
    const row = environmentOf(call, environmentId);
    if (row.isDefault) throw new ApiError("BAD_REQUEST", "You cannot delete the default environment");
    if (version.isAtLeast("0.27.1") && state.applicationsOf(environmentId).length > 0)
      throw new ApiError(
        "BAD_REQUEST",
        "Cannot delete environment: it has active services. Delete all services first.",
      );
    state.removeEnvironment(environmentId);
    return environmentRowView(row, version);
  }),
};
