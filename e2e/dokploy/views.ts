import type { ApplicationRow, DeploymentRow, DomainRow, EnvironmentRow, MountRow, ProjectRow } from "./rows";
import type { State } from "./state";
import type { Version } from "./version";

/** The shapes of answers: nearly every procedure returns the same row in another shape. */

const OTHER_SERVICES = { mariadb: [], mongo: [], mysql: [], postgres: [], redis: [], compose: [], libsql: [] };
const MOUNT_OWNERS = {
  composeId: null,
  libsqlId: null,
  mariadbId: null,
  mongoId: null,
  mysqlId: null,
  postgresId: null,
  redisId: null,
};
const DEPLOYMENT_REST = {
  ...{ pid: null, composeId: null, serverId: null, isPreviewDeployment: false, previewDeploymentId: null },
  ...{ errorMessage: null, scheduleId: null, backupId: null, volumeBackupId: null, buildServerId: null },
};

export const deploymentView = (row: DeploymentRow) => ({ ...row, ...DEPLOYMENT_REST });
export const mountView = (row: MountRow) => ({ ...row, ...MOUNT_OWNERS });

/** Before 0.25 applications belong directly to the project. */
export function applicationRowView(state: State, row: ApplicationRow, version: Version): Record<string, unknown> {
  if (version.isAtLeast("0.25.0")) return row;
  const { environmentId, ...rest } = row;
  return { ...rest, projectId: state.environments.get(environmentId)?.projectId };
}

/** A row with all its related rows. */
export function applicationView(state: State, row: ApplicationRow, version: Version): Record<string, unknown> {
  const environment = state.environments.get(row.environmentId);
  const project = environment && state.projects.get(environment.projectId);
  const registry = state.registries.get(row.rollbackRegistryId ?? "");
  const { password: _, ...rollbackRegistry } = registry ?? { password: null };
  return {
    ...applicationRowView(state, row, version),
    ...(version.isAtLeast("0.25.0")
      ? { environment: environment && { ...environmentRowView(environment, version), project } }
      : { project }),
    domains: state.domainsOf(row.applicationId).map((domain) => domainRowView(domain, version)),
    deployments: state.deploymentsOf(row.applicationId).reverse().map(deploymentView),
    mounts: state.mountsOf(row.applicationId).map(mountView),
    ports: [...state.ports.values()].filter(({ applicationId }) => applicationId === row.applicationId),
    ...{ redirects: [], security: [], gitlab: null, github: null, bitbucket: null, gitea: null, server: null },
    ...{ previewDeployments: [], registry: null, buildRegistry: null },
    rollbackRegistry: registry ? rollbackRegistry : null,
  };
}

export function environmentRowView(row: EnvironmentRow, version: Version): Record<string, unknown> {
  const { isDefault, ...rest } = row;
  return version.isAtLeast("0.26.1") ? { ...rest, isDefault } : rest;
}

const briefly = (row: ApplicationRow) => ({
  applicationId: row.applicationId,
  name: row.name,
  applicationStatus: row.applicationStatus,
});
const withoutAppName = (row: ApplicationRow) => ({
  ...briefly(row),
  createdAt: row.createdAt,
  description: row.description,
  serverId: row.serverId,
  icon: row.icon,
  server: null,
});
const withAppName = (row: ApplicationRow) => ({ ...withoutAppName(row), appName: row.appName });

/** `environment.one`; in `environment.byProjectId` without the project's id and the variables, but with the appName. */
export function environmentView(state: State, row: EnvironmentRow, version: Version, inList = false) {
  const { createdAt: _, projectId, env, ...rest } = environmentRowView(row, version);
  return {
    ...rest,
    ...(inList ? {} : { projectId, env }),
    ...OTHER_SERVICES,
    applications: state.applicationsOf(row.environmentId).map(inList ? withAppName : withoutAppName),
    project: state.projects.get(row.projectId),
  };
}

export function projectView(state: State, project: ProjectRow, version: Version, inList: boolean) {
  const environments = state.environmentsOf(project.projectId);
  if (!version.isAtLeast("0.25.0")) {
    const applications = environments.flatMap(({ environmentId }) => state.applicationsOf(environmentId));
    const { libsql: _, ...others } = OTHER_SERVICES;
    const compose = environments.flatMap(({ environmentId }) => state.composesOf(environmentId));
    return {
      ...project,
      ...others,
      compose,
      applications: applications.map((row) => applicationView(state, row, version)),
    };
  }
  return {
    ...project,
    environments: environments.map((row) => environmentInProject(state, row, version, inList)),
    projectTags: [],
  };
}

function environmentInProject(state: State, row: EnvironmentRow, version: Version, inList: boolean) {
  const { environmentId, name, isDefault } = row;
  const known = version.isAtLeast("0.26.1") ? { environmentId, name, isDefault } : { environmentId, name };
  return {
    ...(inList ? known : environmentRowView(row, version)),
    ...OTHER_SERVICES,
    compose: state.composesOf(environmentId).map(({ composeId, name }) => ({ composeId, name })),
    applications: state.applicationsOf(environmentId).map(inList ? briefly : withAppName),
  };
}

export function domainRowView(row: DomainRow, version: Version): Record<string, unknown> {
  const { customEntrypoint, middlewares, enabled, ...rest } = row;
  return {
    ...rest,
    ...(version.isAtLeast("0.29.0") ? { customEntrypoint, middlewares } : {}),
    ...(version.isAtLeast("0.30.0") ? { enabled } : {}),
  };
}

export function domainView(state: State, row: DomainRow, version: Version) {
  const application = state.applications.get(row.applicationId ?? "");
  return {
    ...domainRowView(row, version),
    application: application
      ? { applicationId: application.applicationId, appName: application.appName, name: application.name }
      : null,
  };
}

export function mountWithOwner(state: State, row: MountRow) {
  const application = state.applications.get(row.applicationId ?? "");
  const organizationId = application && state.organizationOf(application);
  const { composeId: _, ...owners } = MOUNT_OWNERS;
  const others = Object.fromEntries(
    ["compose", ...Object.keys(owners).map((key) => key.replace(/Id$/, ""))].map((key) => [key, null]),
  );
  return {
    ...mountView(row),
    ...others,
    application: application
      ? { serverId: application.serverId, appName: application.appName, environment: { project: { organizationId } } }
      : null,
  };
}
