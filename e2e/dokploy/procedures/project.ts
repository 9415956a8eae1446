import * as z from "zod";
import { projectOf, requirePermission } from "../access";
import { asBadRequest } from "../api-error";
import { type Call, mutation, type Procedures, query } from "../procedure";
import { type EnvironmentRow, newId, now, type ProjectRow } from "../rows";
import { environmentRowView, projectView } from "../views";
import { contains, id, page, text } from "./shapes";

const visible = ({ server, caller }: Call): ProjectRow[] =>
  caller.role === "member"
    ? []
    : [...server.state.projects.values()].filter((row) => row.organizationId === caller.organizationId).reverse();

/** Creates both together, and does not check that names are unique. */
function create(call: Call, given: { name: string; description?: string | null; env?: string }) {
  const { state } = call.server;
  const { project, environment } = newProject({ ...given, organizationId: call.caller.organizationId });
  state.projects.set(project.projectId, project);
  state.environments.set(environment.environmentId, environment);
  return { project, environment };
}

export function newProject(given: {
  name: string;
  description?: string | null;
  env?: string;
  organizationId: string;
}): { project: ProjectRow; environment: EnvironmentRow } {
  const { name, description, env, organizationId } = given;
  const project: ProjectRow = {
    ...{ projectId: newId(), name, description: description ?? null, createdAt: now() },
    ...{ organizationId, env: env ?? "" },
  };
  const environment: EnvironmentRow = {
    ...{ environmentId: newId(), name: "production", description: "Production environment", createdAt: now() },
    ...{ env: "", projectId: project.projectId, isDefault: true },
  };
  return { project, environment };
}

export const projectProcedures: Procedures = {
  "project.create": mutation(
    z.object({ name: text.min(1), description: text.nullish(), env: text.optional() }),
    (input, call) => {
      asBadRequest("Error creating the project: ", () => requirePermission(call, "project"));
      const { project, environment } = create(call, input);
      const { version } = call.server;
      return version.isAtLeast("0.25.0") ? { project, environment: environmentRowView(environment, version) } : project;
    },
  ),
  "project.all": query(z.object({}), (_, call) =>
    visible(call).map((row) => projectView(call.server.state, row, call.server.version, true)),
  ),
  "project.one": query(z.object({ projectId: id }), ({ projectId }, call) =>
    projectView(call.server.state, projectOf(call, projectId), call.server.version, false),
  ),
  "project.search": query(z.object(page), ({ q, name, description, limit, offset }, call) => {
    const found = visible(call).filter(
      (row) =>
        (contains(row.name, q) || contains(row.description, q)) &&
        contains(row.name, name) &&
        contains(row.description, description),
    );
    return { items: found.slice(offset, offset + limit), total: found.length };
  }),
  "project.update": mutation(
    z.object({ projectId: id, name: text.min(1).optional(), description: text.nullish(), env: text.optional() }),
    ({ projectId, ...changes }, call) => Object.assign(projectOf(call, projectId, "update"), changes),
  ),
  /** Removes the rows; services, routes and volumes stay. */
  "project.remove": mutation(z.object({ projectId: id.optional().nonoptional() }), ({ projectId }, call) => {
    const project = projectOf(call, projectId, "delete");
    call.server.state.removeProject(projectId);
    return project;
  }),
};
