import type Docker from "dockerode";
import type { ContainerInspectInfo } from "dockerode";
import { endOf as shellEnd } from "@/lib/hosts/guard";
import { revealAll } from "@/lib/platform/secrets/secret";
import type { ReleaseContext } from "../driver";
import {
  type Binding,
  type CommandEnd,
  type OwnCommand,
  processId,
  type ReleaseStatus,
  type Worker,
  type WorkerPlan,
  workerVariable,
} from "../runner";
import type { DockerArtifact } from "./image";
import { commandContainerName, containerName, LABELS, networkName, releaseLabels, volumeName } from "./names";
import { type DockerSettings, splitWords } from "./settings";

/** For the daemon's JSON log files, which otherwise grow until the disk is full. */
const LOG_LIMITS = { Type: "json-file", Config: { "max-size": "10m", "max-file": "3" } };

/** Per container. Large server runtimes have some hundreds of processes and threads; more is a mistake or an attack. */
const MAX_PROCESSES = 2_048;

export interface ContainerPlan {
  settings: DockerSettings;
  artifact: DockerArtifact;
  binding: Binding;
  network: string;
  /** The daemon's default. */
  logDriver: string;
}

/** A release's container for the Engine API. Values are sent in the request's body and never as an argument. */
export function containerOptions(
  ctx: Pick<
    ReleaseContext,
    "base" | "serviceName" | "deploymentId" | "release" | "environment" | "spec" | "isConfined"
  >,
  plan: ContainerPlan,
): Docker.ContainerCreateOptions {
  const { settings, artifact, binding, network } = plan;
  const port = portInside(ctx.spec.port, plan);
  return {
    name: containerName(ctx, ctx.release.id),
    Image: artifact.imageId,
    Env: pairsOf(environmentOf(ctx, port)),
    Labels: {
      ...releaseLabels(ctx, ctx.release.id),
      [LABELS.deployment]: ctx.deploymentId,
      [LABELS.binding]: `${binding.host}:${binding.port}`,
      [LABELS.port]: String(port),
    },
    ...(settings.command && { Cmd: settings.command }),
    ...(settings.user && { User: settings.user }),
    ...(settings.stopSignal && { StopSignal: settings.stopSignal }),
    ...(network !== "host" && { ExposedPorts: { [`${port}/tcp`]: {} } }),
    HostConfig: hostConfig(ctx, plan, port),
    ...(isUserDefined(network) && {
      NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: [nameInNetwork(ctx, network)] } } },
    }),
  };
}

/** The container of one of the service's own commands: the release's own, without a port. */
export function commandOptions(
  ctx: Parameters<typeof containerOptions>[0],
  plan: ContainerPlan,
  { name, variables }: Pick<OwnCommand, "name" | "variables">,
): Docker.ContainerCreateOptions {
  const options = withoutPort(containerOptions(ctx, plan));
  return {
    ...options,
    name: commandContainerName(ctx, ctx.release.id, name),
    Env: [...(options.Env ?? []), ...pairsOf(variables)],
    Labels: { ...options.Labels, [LABELS.command]: name },
  };
}

/** The container of a worker: the release's own, with its command and limits, and without a port. */
export function workerOptions(
  ctx: Parameters<typeof containerOptions>[0],
  { settings, ...plan }: ContainerPlan,
  worker: WorkerPlan,
): Docker.ContainerCreateOptions {
  const { command, memoryMb, cpus, type, copy } = worker;
  const limits = { memoryMb: memoryMb ?? settings.memoryMb, cpus: cpus ?? settings.cpus };
  const own = { ...plan, settings: { ...settings, ...limits, command: splitWords(command) ?? [] } };
  const options = withoutPort(containerOptions(ctx, own));
  return {
    ...options,
    name: containerName(ctx, processId(ctx.release.id, worker)),
    Env: [...(options.Env ?? []).filter((pair) => !pair.startsWith("PORT=")), ...pairsOf(workerVariable(worker))],
    Labels: { ...options.Labels, [LABELS.process]: type, [LABELS.copy]: String(copy) },
  };
}

/** Without its name in the network and its published port, which would bring it requests. */
function withoutPort({
  ExposedPorts: _,
  NetworkingConfig: __,
  HostConfig,
  ...options
}: Docker.ContainerCreateOptions): Docker.ContainerCreateOptions {
  const { PortBindings: ___, ...hostConfig } = HostConfig ?? {};
  return { ...options, HostConfig: hostConfig };
}

function pairsOf(variables: Readonly<Record<string, string>>): string[] {
  return Object.entries(variables).map(([name, value]) => `${name}=${value}`);
}

/** The port inside the container; on the host's own network it is the binding's port. */
function portInside(servicePort: number, { settings, artifact, binding, network }: ContainerPlan): number {
  if (network === "host") return binding.port;
  return settings.containerPort ?? artifact.exposedPort ?? servicePort;
}

function environmentOf(
  { environment, serviceName, release }: Pick<ReleaseContext, "environment" | "serviceName" | "release">,
  port: number,
): Record<string, string> {
  return {
    LANDFALL_SERVICE: serviceName,
    LANDFALL_RELEASE: release.id,
    ...revealAll(environment),
    // Last, because this is the port that is published.
    PORT: String(port),
  };
}

function hostConfig(
  ctx: Pick<ReleaseContext, "serviceName" | "spec">,
  { settings, binding, network, logDriver }: ContainerPlan,
  port: number,
): Docker.HostConfig {
  const memory = settings.memoryMb && settings.memoryMb * 1024 * 1024;
  const isReadOnly = settings.rootFilesystem === "read-only";
  return {
    NetworkMode: network,
    // Set-user-ID programs (su, sudo) give no rights inside; without NET_RAW, no one can forge packets.
    SecurityOpt: ["no-new-privileges"],
    PidsLimit: MAX_PROCESSES,
    ...(!settings.rawSockets && { CapDrop: ["NET_RAW"] }),
    // Until the release is verified, Docker must not restart it: its end is a result.
    RestartPolicy: { Name: "no" },
    ...(network !== "host" && {
      PortBindings: { [`${port}/tcp`]: [{ HostIp: binding.host, HostPort: String(binding.port) }] },
    }),
    Mounts: ctx.spec.volumes.map(({ name, path }) => ({
      Type: "volume",
      Source: volumeName(ctx, name),
      Target: path,
    })),
    // MemorySwap is memory and swap together: a service out of memory ends instead of slowing the host down.
    ...(memory && { Memory: memory, MemorySwap: memory }),
    ...(settings.cpus && { NanoCpus: Math.round(settings.cpus * 1e9) }),
    ...(isReadOnly && { ReadonlyRootfs: true, Tmpfs: { "/tmp": "" } }),
    ...(logDriver === LOG_LIMITS.Type && { LogConfig: LOG_LIMITS }),
  };
}

/**
 * In a network that is not Landfall's, a member's service gets a name with a suffix: under the name of another container or
 * Compose service it would receive that one's requests.
 */
function nameInNetwork(ctx: Pick<ReleaseContext, "base" | "serviceName" | "isConfined">, network: string): string {
  return ctx.isConfined && network !== networkName(ctx) ? `${ctx.serviceName}.landfall` : ctx.serviceName;
}

/** Only user-defined networks resolve names; the built-in ones refuse an alias. */
function isUserDefined(network: string): boolean {
  return network !== "host" && network !== "bridge" && network !== "default";
}

/** A release's status from Docker's description of its container. */
export function statusOf(container: ContainerInspectInfo): ReleaseStatus {
  const { Config, State, RestartCount, NetworkSettings, HostConfig } = container;
  const binding = bindingOf(Config.Labels);
  const [address] = Object.values(NetworkSettings.Networks).map(({ IPAddress }) => IPAddress);
  const isRunning = State.Running && !State.Restarting;
  const hasEnded = State.Status === "exited" || State.Status === "dead";
  const worker = workerIn(Config.Labels);
  return {
    releaseId: Config.Labels[LABELS.release] ?? "",
    ...(worker && { worker }),
    binding,
    listensAt: worker ? null : address ? { host: address, port: Number(Config.Labels[LABELS.port]) } : binding,
    running: isRunning,
    exited: hasEnded ? { exitCode: State.ExitCode, signal: endOf(State, HostConfig.Memory) } : null,
    restarts: RestartCount,
    since: isRunning ? new Date(State.StartedAt).toISOString() : null,
    isKept: HostConfig.RestartPolicy?.Name !== "no",
    runsFrom: container.Image,
  };
}

function workerIn(labels: Record<string, string>): Worker | undefined {
  const { [LABELS.process]: type, [LABELS.copy]: copy } = labels;
  return type === undefined ? undefined : { type, copy: Number(copy) };
}

function bindingOf(labels: Record<string, string>): Binding {
  const text = labels[LABELS.binding] ?? "";
  const colon = text.lastIndexOf(":");
  return { host: text.slice(0, colon), port: Number(text.slice(colon + 1)) };
}

/** How the container of a command ended. */
export function endOfCommand({ State, HostConfig }: ContainerInspectInfo): CommandEnd {
  const signal = endOf(State, HostConfig.Memory);
  return signal === null ? shellEnd(State.ExitCode, null) : { exitCode: null, signal };
}

/** Exit code 137 means KILL from any sender; Docker reports separately whether the kernel did for lack of memory. */
function endOf({ OOMKilled }: ContainerInspectInfo["State"], memory: number | undefined): string | null {
  if (!OOMKilled) return null;
  return memory
    ? `killed: it needed more than its ${Math.round(memory / 1024 / 1024)} MB of memory`
    : "killed: out of memory";
}
