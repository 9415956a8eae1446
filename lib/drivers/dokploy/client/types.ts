import type { Secret } from "@/lib/platform/secrets/secret";

/*
 * The parts of a Dokploy server (0.24 to 0.30) that Landfall needs, in its own terms. client.ts hides the wire: the
 * calls of each version, and the fields that its answers lack.
 */

export interface DokployProject {
  projectId: string;
  name: string;
  description: string | null;
  /** In 0.24 a project has its applications itself: they are in one environment with the id null. */
  environments: DokployEnvironment[];
}
export interface DokployEnvironment {
  environmentId: string | null;
  name: string;
  isDefault: boolean;
  applications: { applicationId: string; name: string }[];
  composes: { composeId: string; name: string }[];
  /** How many databases and compose services it has. They are never Landfall's, and would be lost with their project. */
  others: number;
}

export interface DokployApplication {
  applicationId: string;
  name: string;
  /** The name of the swarm service: the requested name and six characters of the server's choice. */
  appName: string;
  description: string | null;
  /** `running` means that a deployment is in progress, not that a container runs. */
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

/** A queued or running deployment. */
export interface DokployJob {
  applicationId: string | null;
  title: string | null;
  state: string;
}

/** One attempt of the swarm to run a container of the service. */
export interface DokployTask {
  taskId: string;
  /** The desired state. The actual one is `currentState`: "Running 9 seconds ago". */
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

/** `at` is Docker's timestamp in nanoseconds; empty where the server returns none. */
export interface OutputLine {
  at: string;
  text: string;
}
export interface DokployInspection {
  image: string;
  /** The names of its volumes. */
  volumes: string[];
}
/** A service of the server's swarm, with or without an application. */
export interface DokployService {
  name: string;
  running: number;
  wanted: number;
}
export interface DokployOwnedDomain {
  host: string;
  /** The id of an application or of a compose service. */
  ownerId: string;
  ownerName: string;
}

/** `in-use`: a container uses it, perhaps one that is ending. `unavailable`: the version has no such call. */
export type VolumeRemoval = "removed" | "gone" | "in-use" | "unavailable";

/** How the swarm determines that a container is ready. The previous container runs until then. */
export interface HealthCommand {
  /** A shell command in the container. */
  command: string;
  everyMs: number;
  timeoutMs: number;
  graceMs: number;
  retries: number;
}

export interface DokployVersion {
  /** The server's own text: "v0.30.2". */
  text: string;
  major: number;
  minor: number;
  patch: number;
  /** Is this version among those that Landfall was tested with? */
  isTested: boolean;
}

/** Every call takes a signal; client.ts documents errors. A missing object is null, and a success for a removal. */
export interface DokployCalls {
  version(signal?: AbortSignal): Promise<DokployVersion>;
  /** `owner`, `admin` or `member`. */
  role(signal?: AbortSignal): Promise<string>;
  listProjects(signal?: AbortSignal): Promise<DokployProject[]>;
  findProject(projectId: string, signal?: AbortSignal): Promise<DokployProject | null>;
  /** Never repeated automatically: names are not unique on the server. */
  createProject(
    project: { name: string; description: string },
    signal?: AbortSignal,
  ): Promise<{ projectId: string; environmentId: string | null }>;
  /** Deletes only rows: the applications must have been removed before. */
  removeProject(projectId: string, signal?: AbortSignal): Promise<void>;

  /** Never repeated automatically. */
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
  /** Sets image, registry credentials, variables (dotenv text) and limits. */
  configureApplication(
    applicationId: string,
    configuration: {
      image: string;
      registry: { url: string; username: string; password: Secret } | null;
      environment: Secret;
      memoryBytes: number | null;
      nanoCpus: number | null;
      healthCheck: HealthCommand | null;
      /** Does the service's name resolve to the containers, instead of to a virtual IP of the swarm? */
      isDirect: boolean;
    },
    signal?: AbortSignal,
  ): Promise<void>;
  removeApplication(applicationId: string, signal?: AbortSignal): Promise<void>;

  /** Never repeated automatically. */
  createMount(
    mount: { applicationId: string; volumeName: string; mountPath: string },
    signal?: AbortSignal,
  ): Promise<void>;
  removeMount(mountId: string, signal?: AbortSignal): Promise<void>;
  listDomains(applicationId: string, signal?: AbortSignal): Promise<DokployDomain[]>;
  /** Never repeated automatically. */
  createDomain(
    domain: { applicationId: string; host: string; port: number; https: boolean },
    signal?: AbortSignal,
  ): Promise<{ domainId: string }>;
  removeDomain(domainId: string, signal?: AbortSignal): Promise<void>;
  removeVolume(volumeName: string, signal?: AbortSignal): Promise<VolumeRemoval>;
  /** The domains of everything that the key may see, in one call. Null where the version lacks the call. */
  listAllDomains(signal?: AbortSignal): Promise<DokployOwnedDomain[] | null>;
  listComposeDomains(composeId: string, signal?: AbortSignal): Promise<DokployDomain[]>;

  /** Queues a deployment. Never repeated automatically. */
  deploy(applicationId: string, title: { title: string; description: string }, signal?: AbortSignal): Promise<void>;
  /** Newest first; empty where the application is gone. */
  listDeployments(applicationId: string, signal?: AbortSignal): Promise<DokployDeployment[]>;
  /** Null where the version lacks the call. */
  readDeploymentLog(deploymentId: string, signal?: AbortSignal): Promise<string | null>;
  /** Null where the version lacks the call. */
  listJobs(signal?: AbortSignal): Promise<DokployJob[] | null>;
  /** Drops queued deployments; a running one continues. */
  cleanQueue(applicationId: string, signal?: AbortSignal): Promise<void>;

  listTasks(appName: string, signal?: AbortSignal): Promise<DokployTask[]>;
  listContainers(appName: string, signal?: AbortSignal): Promise<DokployContainer[]>;
  /** The image and volumes that a container actually has; null where it is gone. */
  inspect(containerId: string, signal?: AbortSignal): Promise<DokployInspection | null>;
  /** The services of the whole swarm in one call, without those named `dokploy-…`. Null where the version lacks the call. */
  listServices(signal?: AbortSignal): Promise<DokployService[] | null>;
  /** Does the kernel have IPVS, which virtual IPs of the swarm need? Null where that is not known. */
  hasVirtualIps(signal?: AbortSignal): Promise<boolean | null>;
  /**
   * The output of the newest running container, which after a failed deployment is the old one. Without a running one,
   * that of all containers. Null where there is no container, or the version lacks the call.
   */
  readOutput(
    applicationId: string,
    options: { tail: number; sinceSeconds?: number },
    signal?: AbortSignal,
  ): Promise<OutputLine[] | null>;
}
