import type Docker from "dockerode";
import { revealAll } from "@/lib/platform/secrets/secret";
import type { ReleaseContext } from "../driver";
import type { Binding } from "../runner";
import type { DockerArtifact } from "./artifact";
import { containerName, LABELS, networkName, releaseLabels, volumeName } from "./names";
import type { DockerSettings } from "./settings";

/** Of a release's output, where the daemon keeps it as JSON files, which otherwise grow until the disk is full. */
const LOG_LIMITS = { Type: "json-file", Config: { "max-size": "10m", "max-file": "3" } };

/** Of one container. The largest runtimes of servers have some hundreds; what has no end is a mistake or an attack. */
const MAX_PROCESSES = 2_048;

export interface ContainerPlan {
  settings: DockerSettings;
  artifact: DockerArtifact;
  binding: Binding;
  network: string;
  /** The daemon's own, as its owner chose it. */
  logDriver: string;
}

/** A release's container, as the Engine API wants it told. Values go there in a request's body, never in an argument. */
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
    Env: Object.entries(environmentOf(ctx, port)).map(([name, value]) => `${name}=${value}`),
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

/** Where the release listens inside its container; on the host's own network that is the binding itself. */
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
    // What is published is this port, so the service has no say in it.
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
    // Programs that make whoever starts them root (su, sudo) do not inside, and nobody writes packets in another's name.
    SecurityOpt: ["no-new-privileges"],
    PidsLimit: MAX_PROCESSES,
    ...(!settings.rawSockets && { CapDrop: ["NET_RAW"] }),
    // Until it has proven itself its end is an answer, not something to be mended.
    RestartPolicy: { Name: "no" },
    ...(network !== "host" && {
      PortBindings: { [`${port}/tcp`]: [{ HostIp: binding.host, HostPort: String(binding.port) }] },
    }),
    Mounts: ctx.spec.volumes.map(({ name, path }) => ({
      Type: "volume",
      Source: volumeName(ctx, name),
      Target: path,
    })),
    // The limit is for both together: a service that is out of memory ends instead of slowing the host down.
    ...(memory && { Memory: memory, MemorySwap: memory }),
    ...(settings.cpus && { NanoCpus: Math.round(settings.cpus * 1e9) }),
    ...(isReadOnly && { ReadonlyRootfs: true, Tmpfs: { "/tmp": "" } }),
    ...(logDriver === LOG_LIMITS.Type && { LogConfig: LOG_LIMITS }),
  };
}

/**
 * In a network of others a member's service has a name of its own kind: by that of a container or a Compose service it would be
 * sent what is meant for that one, whichever came first.
 */
function nameInNetwork(ctx: Pick<ReleaseContext, "base" | "serviceName" | "isConfined">, network: string): string {
  return ctx.isConfined && network !== networkName(ctx) ? `${ctx.serviceName}.landfall` : ctx.serviceName;
}

/** Only these know names; the built-in ones refuse an alias. */
function isUserDefined(network: string): boolean {
  return network !== "host" && network !== "bridge" && network !== "default";
}
