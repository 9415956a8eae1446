import type { Secret } from "@/lib/platform/secrets/secret";

/**
 * What Landfall needs of a Dokploy server (0.24 to 0.30), in its own words. The wire is lib/drivers/dokploy/client/client.ts's affair:
 * which version has which call, what is empty, and what an answer is missing.
 */

export interface DokployProject {
  projectId: string;
  name: string;
  description: string | null;
  /** Without an environment (0.24) they are the project's own, under the environment `null`. */
  environments: DokployEnvironment[];
}
export interface DokployEnvironment {
  environmentId: string | null;
  name: string;
  isDefault: boolean;
  applications: { applicationId: string; name: string }[];
  composes: { composeId: string; name: string }[];
  /** How many databases and compose services are in it: never Landfall's, and lost to the server with their project's row. */
  others: number;
}

export interface DokployApplication {
  applicationId: string;
  name: string;
  /** The swarm service's name: what was asked for, and six characters that the server chose. */
  appName: string;
  description: string | null;
  /** `running`: a deployment is under way. Nothing of it says that a container is up. */
  status: string;
  image: string | null;
  domains: DokployDomain[];
  mounts: DokployMount[];
}
export interface DokployDomain {
  domainId: string;
  host: string;
  https: boolean;
  port: number | null;
  certificateType: string | null;
}
export interface DokployMount {
  mountId: string;
  type: string;
  volumeName: string | null;
  mountPath: string;
}

export interface DokployDeployment {
  deploymentId: string;
  title: string;
  status: "running" | "done" | "error" | "cancelled" | "unknown";
  errorMessage: string | null;
  createdAt: string;
}

/** A job that waits or runs. */
export interface DokployJob {
  applicationId: string | null;
  title: string | null;
  state: string;
}

/** One try of the swarm to run a container of the service. */
export interface DokployTask {
  taskId: string;
  /** The desired state; what is true is in `currentState`: "Running 9 seconds ago". */
  state: string;
  currentState: string;
  error: string | null;
}
export interface DokployContainer {
  containerId: string;
  name: string;
  state: string;
  status: string;
}

/** `at` is Docker's timestamp, to the nanosecond; empty where the server gives none. */
export interface OutputLine {
  at: string;
  text: string;
}
export interface DokployInspection {
  image: string;
  /** Names of the volumes it has. */
  volumes: string[];
}
/** A service of the server's swarm, whether an application stands for it or not. */
export interface DokployService {
  name: string;
  running: number;
  wanted: number;
}
export interface DokployOwnedDomain {
  host: string;
  /** An application's id, or a compose service's. */
  ownerId: string;
  ownerName: string;
}

/** `in-use`: a container has it, one that is still ending as well. `unavailable`: the version has no such call. */
export type VolumeRemoval = "removed" | "gone" | "in-use" | "unavailable";

/** How the swarm finds out whether a container is ready, so that the one before it goes on until then. */
export interface HealthCommand {
  /** As typed in a shell, in the container. */
  command: string;
  everyMs: number;
  timeoutMs: number;
  graceMs: number;
  retries: number;
}

export interface DokployVersion {
  /** As it says it: "v0.30.2". */
  text: string;
  major: number;
  minor: number;
  patch: number;
  /** Landfall was tried with it. */
  isTested: boolean;
}

/** Every call takes a signal; what it can throw is in client.ts. Not found is null, or done where it is removed. */
export interface DokployCalls {
  version(signal?: AbortSignal): Promise<DokployVersion>;
  /** `owner`, `admin` or `member`. */
  role(signal?: AbortSignal): Promise<string>;
  listProjects(signal?: AbortSignal): Promise<DokployProject[]>;
  findProject(projectId: string, signal?: AbortSignal): Promise<DokployProject | null>;
  /** Never repeated by itself: names are not unique there. */
  createProject(
    project: { name: string; description: string },
    signal?: AbortSignal,
  ): Promise<{ projectId: string; environmentId: string | null }>;
  /** Rows only: what runs must have been removed before. */
  removeProject(projectId: string, signal?: AbortSignal): Promise<void>;

  /** Never repeated by itself. */
  createApplication(
    application: {
      name: string;
      appName: string;
      description: string;
      projectId: string;
      environmentId: string | null;
    },
    signal?: AbortSignal,
  ): Promise<{ applicationId: string; appName: string }>;
  findApplication(applicationId: string, signal?: AbortSignal): Promise<DokployApplication | null>;
  /** Image, sign-in, variables (dotenv text) and limits in as few calls as the version takes. */
  configureApplication(
    applicationId: string,
    configuration: {
      image: string;
      registry: { url: string; username: string; password: Secret } | null;
      environment: Secret;
      memoryBytes: number | null;
      nanoCpus: number | null;
      healthCheck: HealthCommand | null;
      /** Does its name lead to the containers themselves, instead of to a virtual IP of the swarm? */
      isDirect: boolean;
    },
    signal?: AbortSignal,
  ): Promise<void>;
  removeApplication(applicationId: string, signal?: AbortSignal): Promise<void>;

  /** Never repeated by itself. */
  createMount(
    mount: { applicationId: string; volumeName: string; mountPath: string },
    signal?: AbortSignal,
  ): Promise<void>;
  removeMount(mountId: string, signal?: AbortSignal): Promise<void>;
  listDomains(applicationId: string, signal?: AbortSignal): Promise<DokployDomain[]>;
  /** Never repeated by itself. */
  createDomain(
    domain: { applicationId: string; host: string; port: number; https: boolean },
    signal?: AbortSignal,
  ): Promise<{ domainId: string }>;
  removeDomain(domainId: string, signal?: AbortSignal): Promise<void>;
  removeVolume(volumeName: string, signal?: AbortSignal): Promise<VolumeRemoval>;
  /** Of everything that the key may see, in one call. Null where the version cannot tell. */
  listAllDomains(signal?: AbortSignal): Promise<DokployOwnedDomain[] | null>;
  listComposeDomains(composeId: string, signal?: AbortSignal): Promise<DokployDomain[]>;

  /** Only queues it. Never repeated by itself. */
  deploy(applicationId: string, title: { title: string; description: string }, signal?: AbortSignal): Promise<void>;
  /** Newest first; empty also when the application is gone. */
  listDeployments(applicationId: string, signal?: AbortSignal): Promise<DokployDeployment[]>;
  /** Null where the version cannot tell. */
  readDeploymentLog(deploymentId: string, signal?: AbortSignal): Promise<string | null>;
  /** Null where the version cannot tell. */
  listJobs(signal?: AbortSignal): Promise<DokployJob[] | null>;
  /** Drops its waiting jobs; the one that runs goes on. */
  cleanQueue(applicationId: string, signal?: AbortSignal): Promise<void>;

  listTasks(appName: string, signal?: AbortSignal): Promise<DokployTask[]>;
  listContainers(appName: string, signal?: AbortSignal): Promise<DokployContainer[]>;
  /** What it really runs; null when it is gone. */
  inspect(containerId: string, signal?: AbortSignal): Promise<DokployInspection | null>;
  /** Of the whole swarm in one call, without those whose name begins with `dokploy-`. Null where the version cannot tell. */
  listServices(signal?: AbortSignal): Promise<DokployService[] | null>;
  /** Does the kernel have IPVS, without which no virtual IP of the swarm answers? Null where it cannot be told. */
  hasVirtualIps(signal?: AbortSignal): Promise<boolean | null>;
  /**
   * Of the newest container that runs, which after a failed deployment is the old one; of all its containers where none
   * does. Null where there is none, or the version cannot tell.
   */
  readOutput(
    applicationId: string,
    options: { tail: number; sinceSeconds?: number },
    signal?: AbortSignal,
  ): Promise<OutputLine[] | null>;
}
