import { type ApplicationRow, newAppName, newId, now, randomLetters } from "./rows";

const NULLS = [
  ...["previewEnv", "watchPaths", "previewBuildArgs", "previewBuildSecrets", "previewLabels", "previewWildcard"],
  ...["previewCustomCertResolver", "buildArgs", "buildSecrets", "memoryReservation", "memoryLimit", "cpuReservation"],
  ...["cpuLimit", "title", "enabled", "subtitle", "command", "args", "icon", "repository", "owner", "branch"],
  ...["gitlabProjectId", "gitlabRepository", "gitlabOwner", "gitlabBranch", "gitlabPathNamespace", "giteaRepository"],
  ...["giteaOwner", "giteaBranch", "bitbucketRepository", "bitbucketRepositorySlug", "bitbucketOwner"],
  ...["bitbucketBranch", "customGitUrl", "customGitBranch"],
  ...["customGitBuildPath", "customGitSSHKeyId", "dockerContextPath", "dockerBuildStage", "dropBuildPath"],
  ...["restartPolicySwarm", "placementSwarm", "updateConfigSwarm", "rollbackConfigSwarm"],
  ...["modeSwarm", "labelsSwarm", "networkSwarm", "stopGracePeriodSwarm", "endpointSpecSwarm", "ulimitsSwarm"],
  ...["publishDirectory", "isStaticSpa", "registryId", "githubId", "gitlabId", "giteaId"],
  ...["bitbucketId", "serverId", "buildServerId", "buildRegistryId"],
];

const STANDARD = {
  env: null,
  username: null,
  password: null,
  dockerImage: null,
  registryUrl: null,
  healthCheckSwarm: null,
  rollbackRegistryId: null,
  previewPort: 3000,
  previewHttps: false,
  previewPath: "/",
  previewCertificateType: "none",
  previewLimit: 3,
  isPreviewDeploymentsActive: false,
  previewRequireCollaboratorPermissions: true,
  rollbackActive: false,
  sourceType: "github",
  cleanCache: false,
  buildPath: "/",
  triggerType: "push",
  autoDeploy: true,
  gitlabBuildPath: "/",
  giteaBuildPath: "/",
  bitbucketBuildPath: "/",
  enableSubmodules: false,
  dockerfile: "Dockerfile",
  replicas: 1,
  applicationStatus: "idle" as const,
  buildType: "nixpacks",
  railpackVersion: "0.15.4",
  herokuVersion: "24",
  createEnvFile: true,
  detachDokployNetwork: false,
};

export const APPLICATION_FIELDS = [...NULLS, ...Object.keys(STANDARD), "name", "description"];

export interface NewApplication {
  name: string;
  appName?: string;
  description?: string | null;
  sourceType?: string;
  environmentId: string;
}

export function newApplicationRow({ appName, description, sourceType, ...given }: NewApplication): ApplicationRow {
  const nulls = Object.fromEntries(NULLS.map((field) => [field, null]));
  return {
    ...nulls,
    ...STANDARD,
    networkIds: [],
    applicationId: newId(),
    refreshToken: randomLetters(21),
    createdAt: now(),
    ...given,
    description: description ?? null,
    sourceType: sourceType ?? "github",
    appName: newAppName(appName),
  };
}
