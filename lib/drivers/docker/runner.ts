import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import type { Container, ContainerInspectInfo } from "dockerode";
import { fact } from "@/lib/contracts/fact";
import { Problem } from "@/lib/contracts/problem";
import { openEngine } from "@/lib/platform/docker/engine";
import { hasStatus, unless } from "@/lib/platform/docker/engine-problem";
import type { ReleaseContext, ServicePlace } from "../driver";
import type { Binding, ReleaseLook, ReleaseRunner } from "../running/runner";
import { settingsOf } from "../settings-of";
import { artifactOf } from "./artifact";
import { lookOf } from "./container-look";
import { containerOptions } from "./container-options";
import { ensureNetwork } from "./ensure-network";
import { ensureVolumes } from "./ensure-volumes";
import { baseLabels, containerName, LABELS, serviceLabels, withLabels } from "./names";
import { outputLines } from "./output";
import { DockerSettings } from "./settings";

/** Beside the grace that a container has to end: what the daemon needs itself. */
const STOP_MARGIN_MS = 30_000;

/** How long a deployment waits for the release before to heed TERM: as process 1 of a container many programs do not. */
const RETIRE_WAIT_MS = 200;
/** The one mark that a running container can be given. One that serves, or will, is made to be started again. */
const RETIRING = { RestartPolicy: { Name: "no" } };

/** Releases as containers. Their names are fixed, so each is looked up before it is made; their labels say whose they are. */
export const dockerRunner: ReleaseRunner = {
  async create(ctx, binding) {
    const started = performance.now();
    const engine = await openEngine(ctx.host);
    const options = await planContainer(engine, ctx, binding);
    const container = await makeOrFind(engine, ctx, options);
    await startOrRemove(container, ctx.signal);
    return fact("container-started", { container: container.id.slice(0, 12), took: performance.now() - started });
  },

  async resume(place, releaseId) {
    const container = await containerOf(place, releaseId);
    try {
      if (isRetiring(await unless([404], container.inspect()))) await unless([404, 409], container.stop({ t: 0 }));
      await unless([304], container.start());
    } catch (error) {
      throw startFailed(error);
    }
  },

  async keep(place, releaseId) {
    await (await containerOf(place, releaseId)).update({ RestartPolicy: { Name: "unless-stopped" } });
  },

  async stop(place, releaseId, graceMs, signal) {
    const container = await containerOf(place, releaseId);
    const limit = AbortSignal.timeout(graceMs + STOP_MARGIN_MS);
    const abortSignal = signal ? AbortSignal.any([limit, signal]) : limit;
    await unless([304, 404], container.stop({ t: Math.ceil(graceMs / 1_000), abortSignal }));
  },

  async retire(place, releaseId, graceMs, signal) {
    const container = await containerOf(place, releaseId);
    // Refused with 500 for one that has just ended by itself.
    await unless([404, 500], container.update(RETIRING));
    const abortSignal = AbortSignal.timeout(graceMs + STOP_MARGIN_MS);
    const stopped = unless([304, 404], container.stop({ t: Math.ceil(graceMs / 1_000), abortSignal }));
    await Promise.race([stopped, sleep(RETIRE_WAIT_MS, undefined, { signal })]);
    // What goes wrong from here on leaves it to the next deployment, which retires every other release again.
    stopped.catch(() => {});
  },

  async remove(place, releaseId) {
    const container = await containerOf(place, releaseId);
    if ((await inspectOurs(container, place)) !== null) await removeContainer(container);
  },

  async look(place, releaseId) {
    const found = await inspectOurs(await containerOf(place, releaseId), place);
    return found && lookOf(found);
  },

  async list(place) {
    const engine = await openEngine(place.host);
    const found = await engine.listContainers({ all: true, filters: withLabels(serviceLabels(place)) });
    const looks = found.map(async ({ Id }) => unless([404], engine.getContainer(Id).inspect()));
    return (await Promise.all(looks)).flatMap((info): ReleaseLook[] => (info ? [lookOf(info)] : []));
  },

  async lastOutput(place, releaseId, lines) {
    const container = await containerOf(place, releaseId);
    const output = await unless([404], container.logs({ stdout: true, stderr: true, tail: lines }));
    return (await outputLines(output ? [output] : [])).slice(-lines).map(({ text }) => text);
  },
};

function isRetiring(found: ContainerInspectInfo | null | undefined): boolean {
  return found?.State.Running === true && found.HostConfig.RestartPolicy?.Name === RETIRING.RestartPolicy.Name;
}

async function containerOf(place: ServicePlace, releaseId: string): Promise<Container> {
  return (await openEngine(place.host)).getContainer(containerName(place, releaseId));
}

async function planContainer(engine: Docker, ctx: ReleaseContext, binding: Binding) {
  const settings = settingsOf(DockerSettings, ctx);
  const [network, { LoggingDriver: logDriver }] = await Promise.all([
    settings.network ?? ensureNetwork(engine, ctx, ctx.signal),
    engine.info() as Promise<{ LoggingDriver: string }>,
    ensureVolumes(engine, ctx),
  ]);
  return containerOptions(ctx, { settings, artifact: artifactOf(ctx.release), binding, network, logDriver });
}

/** One that another worker made for this deployment on the same binding is it; any other makes way. */
async function makeOrFind(
  engine: Docker,
  ctx: ReleaseContext,
  options: Docker.ContainerCreateOptions,
): Promise<Container> {
  const make = () => engine.createContainer({ ...options, abortSignal: ctx.signal });
  try {
    return await make();
  } catch (error) {
    if (!hasStatus(error, 409)) throw startFailed(error);
  }
  const existing = engine.getContainer(containerName(ctx, ctx.release.id));
  const found = await inspectOurs(existing, ctx);
  if (found?.State.Running && isSame(found, options)) return engine.getContainer(found.Id);
  if (found) await removeContainer(existing);
  try {
    return await make();
  } catch (error) {
    throw startFailed(error);
  }
}

function isSame({ Config }: ContainerInspectInfo, { Labels = {} }: Docker.ContainerCreateOptions): boolean {
  return [LABELS.binding, LABELS.deployment].every((label) => Config.Labels[label] === Labels[label]);
}

/** Of one that cannot be started nothing is left: it could only be taken for one that ran. */
async function startOrRemove(container: Container, abortSignal: AbortSignal): Promise<void> {
  try {
    await unless([304], container.start({ abortSignal }));
  } catch (error) {
    if (hasStatus(error, 400, 404, 409, 500)) await removeContainer(container);
    throw startFailed(error);
  }
}

async function removeContainer(container: Container): Promise<void> {
  // With the volumes that have no name: those that have one stay.
  const removed = unless([404], container.remove({ force: true, v: true }));
  try {
    await removed;
  } catch (error) {
    if (!hasStatus(error, 409)) throw error;
    // Somebody else removes it just now.
    await unless([404], container.wait({ condition: "removed" }));
  }
}

/** Null when there is none, and for one of that name that is not ours. */
async function inspectOurs(container: Container, place: ServicePlace): Promise<ContainerInspectInfo | null> {
  const found = await unless([404], container.inspect());
  const labels = Object.entries(baseLabels(place));
  return found && labels.every(([name, value]) => found.Config.Labels[name] === value) ? found : null;
}

function startFailed(error: unknown): unknown {
  if (!(error instanceof Problem) || error.code !== "engine-refused") return error;
  return new Problem("start-failed", { detail: error.detail, cause: error });
}
