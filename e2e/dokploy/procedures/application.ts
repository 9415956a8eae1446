import * as z from "zod";
import { applicationOf, environmentOf, projectOf, requirePermission } from "../access";
import { ApiError, failedQuery, notFound } from "../api-error";
import { APPLICATION_FIELDS, type NewApplication, newApplicationRow } from "../application-row";
import { type Call, mutation, type Procedures, query } from "../procedure";
import { type ApplicationRow, randomLetters } from "../rows";
import type { Version } from "../version";
import { applicationRowView, applicationView } from "../views";
import { applicationChange, dockerProvider, environment, newApplication } from "./application-input";
import { contains, id, page, text } from "./shapes";

type Given = Omit<NewApplication, "environmentId"> & {
  environmentId?: string;
  projectId?: string;
  serverId?: string | null;
};

function create(call: Call, { environmentId, projectId, serverId, ...given }: Given) {
  const { state, version } = call.server;
  requirePermission(call, "service");
  const home = projectId === undefined ? homeOf(call, environmentId ?? "") : firstEnvironment(call, projectId);
  if (serverId) throw new ApiError("UNAUTHORIZED", "You are not authorized to access this server");
  const row = newApplicationRow({ ...given, environmentId: home });
  state.applications.set(row.applicationId, row);
  return applicationRowView(state, row, version);
}

function homeOf(call: Call, environmentId: string): string {
  const environment = call.server.state.environments.get(environmentId);
  if (!environment) throw notFound("Environment");
  projectOf(call, environment.projectId);
  return environmentOf(call, environmentId).environmentId;
}

function firstEnvironment(call: Call, projectId: string): string {
  const { projectId: found } = projectOf(call, projectId);
  return call.server.state.environmentsOf(found)[0]?.environmentId ?? "";
}

function update({ server }: Call, { applicationId, ...changes }: z.output<typeof applicationChange>): true {
  const { state } = server;
  const set = Object.entries(changes).filter(([, value]) => value !== undefined);
  if (set.length === 0) throw new ApiError("INTERNAL_SERVER_ERROR", "No values to set");
  const application = state.applications.get(applicationId);
  if (!application) throw new ApiError("BAD_REQUEST", "Error updating application");
  const registryId = changes.rollbackRegistryId;
  if (registryId && !state.registries.has(registryId)) {
    const fields = APPLICATION_FIELDS.map((field) => `"${field}"`).join(", ");
    const statement = `update "application" set "rollbackRegistryId" = $1 where "application"."applicationId" = $2 returning ${fields}`;
    throw new ApiError("INTERNAL_SERVER_ERROR", failedQuery(statement, [registryId, applicationId]));
  }
  Object.assign(application, Object.fromEntries(set));
  return true;
}

/** Removes its rows, files and service; a running job continues, and volumes stay. */
function remove(call: Call, applicationId: string) {
  const { state, swarm, version } = call.server;
  if (state.applications.has(applicationId)) requirePermission(call, "service");
  const row = applicationOf(call, applicationId, "delete");
  const answer = version.isAtLeast("0.25.0")
    ? applicationView(state, row, version)
    : applicationRowView(state, row, version);
  state.removeApplication(applicationId);
  for (const [domainId, { appName }] of [...state.routes]) if (appName === row.appName) state.routes.delete(domainId);
  swarm.remove(row.appName);
  return answer;
}

function searched({ server, caller }: Call, input: Search) {
  const { state } = server;
  const { q, name, projectId, environmentId, limit, offset } = input;
  const all = caller.role === "member" ? [] : [...state.applications.values()].reverse();
  const found = all.filter(
    (row) =>
      state.organizationOf(row) === caller.organizationId &&
      (projectId === undefined || state.environments.get(row.environmentId)?.projectId === projectId) &&
      (environmentId === undefined || row.environmentId === environmentId) &&
      [row.name, row.appName, row.description].some((value) => contains(value, q)) &&
      contains(row.name, name),
  );
  return { items: found.slice(offset, offset + limit).map(foundView), total: found.length };
}
const search = z.object({
  ...page,
  projectId: text.optional(),
  environmentId: text.optional(),
  appName: text.optional(),
});
type Search = z.output<typeof search>;

const foundView = (row: ApplicationRow) => ({
  ...{ applicationId: row.applicationId, name: row.name, appName: row.appName, description: row.description },
  ...{ environmentId: row.environmentId, applicationStatus: row.applicationStatus },
  ...{ sourceType: row.sourceType, createdAt: row.createdAt },
});

export const applicationProcedures = (version: Version): Procedures => ({
  "application.create": mutation(newApplication(version), (input, call) => create(call, input)),
  "application.one": query(z.object({ applicationId: id }), ({ applicationId }, call) => ({
    ...applicationView(call.server.state, applicationOf(call, applicationId), version),
    hasGitProviderAccess: true,
    unauthorizedProvider: null,
  })),
  "application.search": query(search, (input, call) => searched(call, input)),
  "application.saveDockerProvider": mutation(dockerProvider, ({ applicationId, ...provider }, call) => {
    Object.assign(applicationOf(call, applicationId), provider, { sourceType: "docker", applicationStatus: "idle" });
    return true;
  }),
  "application.saveEnvironment": mutation(environment(version), ({ applicationId, ...given }, call) => {
    Object.assign(applicationOf(call, applicationId), given);
    return true;
  }),
  "application.update": mutation(applicationChange, (input, call) => {
    if (call.server.state.applications.has(input.applicationId)) applicationOf(call, input.applicationId, "update");
    return update(call, input);
  }),
  "application.delete": mutation(z.object({ applicationId: id }), ({ applicationId }, call) =>
    remove(call, applicationId),
  ),
  "application.refreshToken": mutation(z.object({ applicationId: id }), ({ applicationId }, call) => {
    applicationOf(call, applicationId).refreshToken = randomLetters(21);
    return true;
  }),
});
