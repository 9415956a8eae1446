import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import type { Container, ContainerInspectInfo } from "dockerode";
import { fact } from "@/lib/contracts/fact";
import { Problem } from "@/lib/contracts/problem";
import { openEngine } from "@/lib/platform/docker/engine";
import { hasStatus, unless } from "@/lib/platform/docker/engine-problem";
import type { ReleaseContext, ServicePlace } from "../driver";
import { withEdgeOrDirect } from "../lifecycle/edge-or-direct";
import { processesOf } from "../plan/process-types";
import type { Binding, ReleaseStatus, Runner } from "../runner";
import { settingsOf } from "../settings-of";
import { endCommands, followCommand, isCommand, packFolder, startCommand } from "./commands";
import { type ContainerPlan, containerOptions, statusOf, workerOptions } from "./container";
import { inspectOurs, removeContainer, startFailed } from "./found-container";
import { artifactOf } from "./image";
import { containerName, LABELS, serviceLabels, volumeName, withLabels } from "./names";
import { ensureNetwork } from "./network";
import { outputLines } from "./output";
import { DockerSettings } from "./settings";

/** The daemon's own time for a stop, in addition to the container's. */
const STOP_MARGIN_MS = 30_000;

/** How long a deployment waits for the previous release to end after TERM: as process 1, many programs ignore it. */
const RETIRE_WAIT_MS = 200;
/** The only setting that can mark a running container. A live or future live release has another restart policy. */
const RETIRING = { RestartPolicy: { Name: "no" } };

/** It is published nowhere. */
const NO_PORT: Binding = { host: "127.0.0.1", port: 0 };

/** Runs releases as containers. Their names are fixed, so that a container is found again; labels tell the owner. */
export const dockerRunner: Runner = {
  // A Procfile is about the files of a source, and says nothing of an image.
  processes: async (ctx) => processesOf(ctx.spec),

  async create(ctx, binding) {
    const started = performance.now();
    const engine = await openEngine(ctx.host);
    const options = containerOptions(ctx, await planContainer(engine, ctx, binding));
    const container = await createOrFind(engine, ctx, options);
    await startOrRemove(container, ctx.signal);
    return fact("container-started", { container: container.id.slice(0, 12), took: performance.now() - started });
  },

  async createWorker(ctx, worker) {
    const engine = await openEngine(ctx.host);
    const options = workerOptions(ctx, await planContainer(engine, ctx, NO_PORT), worker);
    await startOrRemove(await createOrFind(engine, ctx, options), ctx.signal);
  },

  async resume(place, { id }) {
    const container = await containerOf(place, id);
    try {
      if (isRetiring(await unless([404], container.inspect()))) await unless([404, 409], container.stop({ t: 0 }));
      await unless([304], container.start());
    } catch (error) {
      throw startFailed(error);
    }
  },

  async keep(place, id) {
    await (await containerOf(place, id)).update({ RestartPolicy: { Name: "unless-stopped" } });
  },

  async stop(place, id, graceMs, signal) {
    const container = await containerOf(place, id);
    const limit = AbortSignal.timeout(graceMs + STOP_MARGIN_MS);
    const abortSignal = signal ? AbortSignal.any([limit, signal]) : limit;
    await unless([304, 404], container.stop({ t: Math.ceil(graceMs / 1_000), abortSignal }));
  },

  async retire(place, id, graceMs, signal) {
    const container = await containerOf(place, id);
    // Docker answers 500 if the container has just ended by itself.
    await unless([404, 500], container.update(RETIRING));
    const abortSignal = AbortSignal.timeout(graceMs + STOP_MARGIN_MS);
    const stopped = unless([304, 404], container.stop({ t: Math.ceil(graceMs / 1_000), abortSignal }));
    await Promise.race([stopped, sleep(RETIRE_WAIT_MS, undefined, { signal })]);
    // A failure from here on is left to the next deployment, which retires every other release again.
    stopped.catch(() => {});
  },

  async remove(place, id) {
    const container = await containerOf(place, id);
    if ((await inspectOurs(container, place)) !== null) await removeContainer(container);
  },

  async status(place, id) {
    const found = await inspectOurs(await containerOf(place, id), place);
    return found && statusOf(found);
  },

  async list(place) {
    const engine = await openEngine(place.host);
    const found = await engine.listContainers({ all: true, filters: withLabels(serviceLabels(place)) });
    const inspected = found
      .filter((one) => !isCommand(one))
      .map(async ({ Id }) => unless([404], engine.getContainer(Id).inspect()));
    return (await Promise.all(inspected)).flatMap((info): ReleaseStatus[] => (info ? [statusOf(info)] : []));
  },

  async lastOutput(place, id, lines) {
    const container = await containerOf(place, id);
    const output = await unless([404], container.logs({ stdout: true, stderr: true, tail: lines }));
    return (await outputLines(output ? [output] : [])).slice(-lines).map(({ text }) => text);
  },

  packFolder,

  async startCommand(ctx, command) {
    // On the host's own network its PORT is the service's.
    const binding = { host: NO_PORT.host, port: ctx.spec.port };
    await startCommand(ctx, await planContainer(await openEngine(ctx.host), ctx, binding), command);
  },
  followCommand,
  endCommands,
};

/** How the releases of the driver run and are routed to. */
export const dockerParts = withEdgeOrDirect(dockerRunner);

function isRetiring(found: ContainerInspectInfo | null | undefined): boolean {
  return found?.State.Running === true && found.HostConfig.RestartPolicy?.Name === RETIRING.RestartPolicy.Name;
}

async function containerOf(place: ServicePlace, id: string): Promise<Container> {
  return (await openEngine(place.host)).getContainer(containerName(place, id));
}

async function planContainer(engine: Docker, ctx: ReleaseContext, binding: Binding): Promise<ContainerPlan> {
  const settings = settingsOf(DockerSettings, ctx);
  const [network, { LoggingDriver: logDriver }] = await Promise.all([
    settings.network ?? ensureNetwork(engine, ctx, ctx.signal),
    engine.info() as Promise<{ LoggingDriver: string }>,
    ensureVolumes(engine, ctx),
  ]);
  return { settings, artifact: artifactOf(ctx.release), binding, network, logDriver };
}

/** Reuses the running container that another worker created for this deployment and binding; replaces any other. */
async function createOrFind(
  engine: Docker,
  ctx: ReleaseContext,
  options: Docker.ContainerCreateOptions,
): Promise<Container> {
  const create = () => engine.createContainer({ ...options, abortSignal: ctx.signal });
  try {
    return await create();
  } catch (error) {
    if (!hasStatus(error, 409)) throw startFailed(error);
  }
  const existing = engine.getContainer(options.name ?? "");
  const found = await inspectOurs(existing, ctx);
  if (found?.State.Running && isSame(found, options)) return engine.getContainer(found.Id);
  if (found) await removeContainer(existing);
  try {
    return await create();
  } catch (error) {
    throw startFailed(error);
  }
}

function isSame({ Config }: ContainerInspectInfo, { Labels = {} }: Docker.ContainerCreateOptions): boolean {
  return [LABELS.binding, LABELS.deployment].every((label) => Config.Labels[label] === Labels[label]);
}

/** A container that fails to start is removed, so that nothing mistakes it for one that ran. */
async function startOrRemove(container: Container, abortSignal: AbortSignal): Promise<void> {
  try {
    await unless([304], container.start({ abortSignal }));
  } catch (error) {
    if (hasStatus(error, 400, 404, 409, 500)) await removeContainer(container);
    throw startFailed(error);
  }
}

/** Creates the service's missing volumes. Throws `start-failed` for a volume that belongs to someone else. */
async function ensureVolumes(engine: Docker, ctx: ReleaseContext): Promise<void> {
  const labels = serviceLabels(ctx);
  await Promise.all(
    ctx.spec.volumes.map(async ({ name }) => {
      const volume = await engine.createVolume({ Name: volumeName(ctx, name), Labels: labels });
      const given: Record<string, string> = (await volume.inspect()).Labels ?? {};
      if ([LABELS.base, LABELS.service].some((label) => given[label] !== labels[label])) {
        throw new Problem("start-failed", {
          detail: `the volume ${volume.name} is on the host already and is not this service's`,
        });
      }
    }),
  );
}
