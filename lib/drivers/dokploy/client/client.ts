import { createHash } from "node:crypto";
import { Problem, type ProblemCode } from "@/lib/contracts/problem";
import type { Circuit } from "@/lib/platform/outgoing/json-client";
import * as answers from "./answers";
import type {
  DokployApplication,
  DokployCalls,
  DokployContainer,
  DokployDeployment,
  DokployDomain,
  DokployInspection,
  DokployJob,
  DokployOwnedDomain,
  DokployProject,
  DokployService,
  DokployTask,
  DokployVersion,
  HealthCommand,
  OutputLine,
  VolumeRemoval,
} from "./types";
import { has, type NewerCall, toVersion } from "./version";
import { type Query, Wire, type WireSettings } from "./wire";

interface Shared {
  client: DokployClient;
  /** By the name of the target. */
  listeners: Map<string, (circuit: Circuit) => void>;
}

/** One client, and so one circuit breaker, for each server and key in a process. */
const shared = new Map<string, Shared>();

/**
 * The client of a Dokploy server. With `onCircuit` it is shared, with its circuit breaker; without, the caller has a client
 * of its own, for checks. Every call rejects with a problem whose code begins with `platform-`, or with the reason of its
 * signal.
 */
export function openDokploy(settings: WireSettings): DokployClient {
  const { name, url, apiKey, onCircuit } = settings;
  if (!onCircuit) return new DokployClient(new Wire(settings));
  const id = createHash("sha256").update(`${url}\n${apiKey.reveal()}`).digest("hex");
  const known = shared.get(id);
  if (known) {
    known.listeners.set(name, onCircuit);
    return known.client;
  }
  const listeners = new Map([[name, onCircuit]]);
  const tellAll = (circuit: Circuit) => {
    for (const listener of listeners.values()) listener(circuit);
  };
  const client = new DokployClient(new Wire({ ...settings, onCircuit: tellAll }));
  shared.set(id, { client, listeners });
  return client;
}

const SLOW_MS = 30_000;
/** The server's limit for the lines of a log. */
const LOG_LINES = 10_000;
/** The server's own proxy, which runs on every Dokploy server, and a file that a kernel with IPVS has. */
const PROXY_CONTAINER = "dokploy-traefik";
const IPVS_FILE = "/proc/net/ip_vs";

/** The request and answer of each call. version.ts lists each version's calls, answers.ts what answers may lack. */
export class DokployClient implements DokployCalls {
  readonly #wire: Wire;
  #version: DokployVersion | null = null;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  /** Read once, and again after an answer that does not fit the version. */
  async version(signal?: AbortSignal): Promise<DokployVersion> {
    this.#version ??= toVersion(
      await this.#wire.read("settings.getDokployVersion", {}, answers.VersionText, { signal }),
    );
    return this.#version;
  }

  async role(signal?: AbortSignal): Promise<string> {
    return (await this.#wire.read("user.get", {}, answers.Membership, { signal })).role;
  }

  listProjects(signal?: AbortSignal): Promise<DokployProject[]> {
    return this.#wire.read("project.all", {}, answers.Projects, { signal, timeoutMs: SLOW_MS });
  }

  findProject(projectId: string, signal?: AbortSignal): Promise<DokployProject | null> {
    return orNull("platform-gone", this.#wire.read("project.one", { projectId }, answers.Project, { signal }));
  }

  createProject(project: { name: string; description: string }, signal?: AbortSignal) {
    return this.#wire.changeOnce("project.create", project, answers.CreatedProject, { signal });
  }

  removeProject(projectId: string, signal?: AbortSignal): Promise<void> {
    return this.#remove("project.remove", { projectId }, signal);
  }

  createApplication(application: Parameters<DokployCalls["createApplication"]>[0], signal?: AbortSignal) {
    const { environmentId, ...rest } = application;
    const body = { ...rest, ...(environmentId !== null && { environmentId }), sourceType: "docker" };
    return this.#wire.changeOnce("application.create", body, answers.CreatedApplication, { signal });
  }

  findApplication(applicationId: string, signal?: AbortSignal): Promise<DokployApplication | null> {
    const read = this.#wire.read("application.one", { applicationId }, answers.Application, { signal });
    return orNull("platform-gone", read);
  }

  async configureApplication(
    applicationId: string,
    {
      image,
      registry,
      environment,
      memoryBytes,
      nanoCpus,
      healthCheck,
      isDirect,
    }: Parameters<DokployCalls["configureApplication"]>[1],
    signal?: AbortSignal,
  ): Promise<void> {
    const body = {
      applicationId,
      sourceType: "docker",
      dockerImage: image,
      registryUrl: registry?.url ?? null,
      username: registry?.username ?? null,
      password: registry?.password.reveal() ?? null,
      env: environment.reveal(),
      memoryLimit: memoryBytes === null ? null : String(memoryBytes),
      cpuLimit: nanoCpus === null ? null : String(nanoCpus),
      healthCheckSwarm: healthCheck && toHealthCheck(healthCheck),
      endpointSpecSwarm: isDirect ? { Mode: "dnsrr" } : null,
    };
    const change = this.#wire.change("application.update", body, answers.Anything, { signal });
    await this.#ofApplication(applicationId, change, signal);
  }

  removeApplication(applicationId: string, signal?: AbortSignal): Promise<void> {
    return this.#remove("application.delete", { applicationId }, signal);
  }

  /** Older versions answer only `true`: the mount is found with its application afterwards. */
  async createMount(
    { applicationId, ...mount }: Parameters<DokployCalls["createMount"]>[0],
    signal?: AbortSignal,
  ): Promise<void> {
    const body = { ...mount, type: "volume", serviceType: "application", serviceId: applicationId };
    const change = this.#wire.changeOnce("mounts.create", body, answers.Anything, { signal });
    await this.#ofApplication(applicationId, change, signal);
  }

  removeMount(mountId: string, signal?: AbortSignal): Promise<void> {
    return this.#remove("mounts.remove", { mountId }, signal);
  }

  listDomains(applicationId: string, signal?: AbortSignal): Promise<DokployDomain[]> {
    return this.#wire.read("domain.byApplicationId", { applicationId }, answers.Domains, { signal });
  }

  createDomain(domain: Parameters<DokployCalls["createDomain"]>[0], signal?: AbortSignal) {
    const certificateType = domain.https ? "letsencrypt" : "none";
    const body = { ...domain, path: "/", domainType: "application", certificateType };
    const change = this.#wire.changeOnce("domain.create", body, answers.CreatedDomain, { signal });
    return this.#ofApplication(domain.applicationId, change, signal);
  }

  removeDomain(domainId: string, signal?: AbortSignal): Promise<void> {
    return this.#remove("domain.delete", { domainId }, signal);
  }

  /** The server answers 500 both for a volume that is in use and for a missing one; only the text distinguishes them. */
  async removeVolume(volumeName: string, signal?: AbortSignal): Promise<VolumeRemoval> {
    const remove = () =>
      this.#wire.change("dockerVolume.removeVolume", { volumeName }, answers.Removed, {
        signal,
        timeoutMs: SLOW_MS,
        errorAs: ({ message }) => {
          if (/volume is in use/i.test(message)) return "in-use";
          return /no such volume/i.test(message) ? "gone" : undefined;
        },
      });
    return (await this.#ifThere("removeVolume", remove, signal)) ?? "unavailable";
  }

  async deploy(
    applicationId: string,
    title: { title: string; description: string },
    signal?: AbortSignal,
  ): Promise<void> {
    await this.#wire.changeOnce("application.deploy", { applicationId, ...title }, answers.Anything, {
      signal,
      timeoutMs: SLOW_MS,
    });
  }

  async listDeployments(applicationId: string, signal?: AbortSignal): Promise<DokployDeployment[]> {
    const deployments = await this.#wire.read("deployment.all", { applicationId }, answers.Deployments, { signal });
    return deployments.toSorted((a, b) => b.createdAt.localeCompare(a.createdAt));
  }

  readDeploymentLog(deploymentId: string, signal?: AbortSignal): Promise<string | null> {
    const query = { deploymentId, tail: LOG_LINES };
    const read = () => this.#wire.read("deployment.readLogs", query, answers.Text, { signal });
    return this.#ifThere("readDeploymentLog", () => orNull("platform-gone", read()), signal);
  }

  listJobs(signal?: AbortSignal): Promise<DokployJob[] | null> {
    const read = () => this.#wire.read("deployment.queueList", {}, answers.Jobs, { signal });
    return this.#ifThere("queueList", read, signal);
  }

  cleanQueue(applicationId: string, signal?: AbortSignal): Promise<void> {
    return this.#remove("application.cleanQueues", { applicationId }, signal);
  }

  listTasks(appName: string, signal?: AbortSignal): Promise<DokployTask[]> {
    return this.#wire.read("docker.getServiceContainersByAppName", { appName }, answers.Tasks, { signal });
  }

  listContainers(appName: string, signal?: AbortSignal): Promise<DokployContainer[]> {
    return this.#wire.read("docker.getContainersByAppNameMatch", { appName }, answers.Containers, { signal });
  }

  async inspect(containerId: string, signal?: AbortSignal): Promise<DokployInspection | null> {
    const read = this.#wire.read("docker.getConfig", { containerId }, answers.Inspected.nullable(), { signal });
    return orNull("platform-gone", read);
  }

  async listServices(signal?: AbortSignal): Promise<DokployService[] | null> {
    return orNull("platform-unsupported", this.#wire.read("swarm.getNodeApps", {}, answers.Services, { signal }));
  }

  listAllDomains(signal?: AbortSignal): Promise<DokployOwnedDomain[] | null> {
    const read = () => this.#wire.read("overview.domains", {}, answers.OwnedDomains, { signal, timeoutMs: SLOW_MS });
    return this.#ifThere("allDomains", read, signal);
  }

  listComposeDomains(composeId: string, signal?: AbortSignal): Promise<DokployDomain[]> {
    return this.#wire.read("domain.byComposeId", { composeId }, answers.Domains, { signal });
  }

  async hasVirtualIps(signal?: AbortSignal): Promise<boolean | null> {
    const containers = await this.listContainers(PROXY_CONTAINER, signal);
    const proxy = containers.find(({ name, state }) => name === PROXY_CONTAINER && state === "running");
    if (!proxy) return null;
    const query = { containerId: proxy.containerId, path: IPVS_FILE };
    const read = () =>
      this.#wire.read("docker.readContainerFile", query, answers.FileRead, {
        signal,
        errorAs: ({ status, message }) => {
          if (status < 500) return undefined;
          return /no such file/i.test(message) ? false : null;
        },
      });
    return this.#ifThere("readContainerFile", read, signal);
  }

  /** The server answers 500 while there is no container. */
  async readOutput(
    applicationId: string,
    { tail, sinceSeconds }: { tail: number; sinceSeconds?: number },
    signal?: AbortSignal,
  ): Promise<OutputLine[] | null> {
    const query: Query = { applicationId, tail, since: sinceSeconds === undefined ? "all" : `${sinceSeconds}s` };
    const read = () =>
      this.#wire.read("application.readLogs", query, answers.Text.nullable(), {
        signal,
        errorAs: ({ status }) => (status >= 500 ? null : undefined),
      });
    const text = await this.#ifThere("readApplicationLog", () => orNull("platform-gone", read()), signal);
    return text === null ? null : toLines(text);
  }

  /** Removes or stops something. A missing one is a success. */
  async #remove(procedure: string, body: object, signal?: AbortSignal): Promise<void> {
    const change = this.#wire.change(procedure, body, answers.Anything, { signal, timeoutMs: SLOW_MS });
    await orNull("platform-gone", change);
  }

  /** A change of an application that is gone is refused without saying so: the application is searched to tell. */
  async #ofApplication<T>(applicationId: string, change: Promise<T>, signal?: AbortSignal): Promise<T> {
    try {
      return await change;
    } catch (error) {
      if (!isProblem(error, "platform-refused") || (await this.findApplication(applicationId, signal))) throw error;
      throw new Problem("platform-gone", { cause: error });
    }
  }

  /** A call that only newer versions have; null where it is missing. */
  async #ifThere<T>(call: NewerCall, ask: () => Promise<T>, signal?: AbortSignal): Promise<T | null> {
    if (!has(await this.version(signal), call)) return null;
    try {
      return await ask();
    } catch (error) {
      if (!isProblem(error, "platform-unsupported")) throw error;
      this.#version = null;
      return null;
    }
  }
}

const DOCKER_TIMESTAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z) ?(.*)$/s;

/** Every line begins with Docker's timestamp (since v0.30). */
function toLines(text: string): OutputLine[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line) => {
    const [, at = "", rest = line] = DOCKER_TIMESTAMP.exec(line) ?? [];
    return { at, text: rest };
  });
}

const toNanoseconds = (ms: number) => ms * 1_000_000;

/** In the form of Docker's API. Failures within the first `graceMs` do not count. */
function toHealthCheck({ command, everyMs, timeoutMs, graceMs, retries }: HealthCommand) {
  return {
    Test: ["CMD-SHELL", command],
    Interval: toNanoseconds(everyMs),
    Timeout: toNanoseconds(timeoutMs),
    StartPeriod: toNanoseconds(graceMs),
    Retries: retries,
  };
}

async function orNull<T>(code: ProblemCode, work: Promise<T>): Promise<T | null> {
  return work.catch((error: unknown) => {
    if (isProblem(error, code)) return null;
    throw error;
  });
}

function isProblem(error: unknown, code: ProblemCode): boolean {
  return error instanceof Problem && error.code === code;
}
