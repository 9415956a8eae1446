import { posix } from "node:path";
import type { Container, ContainerInspectInfo } from "dockerode";
import { PARTIAL_AFTER_MS } from "@/lib/hosts/line-splitter";
import { ENGINE_SOCKET, openEngine } from "@/lib/platform/docker/engine";
import { unless } from "@/lib/platform/docker/engine-problem";
import type { ReleaseContext, ServicePlace } from "../driver";
import type { CommandEnd, CommandName, OnOutput, OwnCommand, Runner } from "../runner";
import { type ContainerPlan, commandOptions, endOfCommand } from "./container";
import { inspectOurs, removeContainer, startFailed } from "./found-container";
import { commandContainerName, containerName, LABELS, releaseLabels, serviceLabels, withLabels } from "./names";
import { readOutput } from "./output";
import { splitWords } from "./settings";

/** Between TERM and KILL for a command that is ended. */
const GRACE_SECONDS = 10;

/** A service's own commands: containers like the release's, beside it. A container keeps how it ended until it is removed. */
export async function startCommand(
  ctx: ReleaseContext,
  { settings, ...plan }: ContainerPlan,
  command: OwnCommand,
): Promise<void> {
  const words = splitWords(command.command) ?? [];
  const options = commandOptions(ctx, { ...plan, settings: { ...settings, command: words } }, command);
  const engine = await openEngine(ctx.host);
  try {
    const container = await engine.createContainer({ ...options, abortSignal: ctx.signal });
    await command.begins();
    await container.start({ abortSignal: ctx.signal });
  } catch (error) {
    throw startFailed(error);
  }
}

export async function followCommand(
  ctx: ReleaseContext,
  name: CommandName,
  onOutput: OnOutput,
): Promise<CommandEnd | null> {
  const container = await containerOf(ctx, ctx.release.id, name);
  const found = await inspectOurs(container, ctx);
  if (!found) return null;
  // The worker that created it died before it started it.
  if (found.State.Status === "created") await unless([304], container.start({ abortSignal: ctx.signal }));
  const what = { stdout: true, stderr: true, abortSignal: ctx.signal };
  const stream = (await container.logs({ ...what, follow: true })) as AsyncIterable<Buffer>;
  await readOutput(stream, (text, goesOn) => onOutput(text, "stdout", goesOn), { partialAfterMs: PARTIAL_AFTER_MS });
  ctx.signal.throwIfAborted();
  await container.wait({ condition: "not-running", abortSignal: ctx.signal });
  const ended = await inspectOurs(container, ctx);
  return ended && endOfCommand(ended);
}

export async function endCommands(place: ServicePlace, releaseId?: string): Promise<void> {
  const engine = await openEngine(place.host);
  const labels = releaseId === undefined ? serviceLabels(place) : releaseLabels(place, releaseId);
  const filters = { label: [...withLabels(labels).label, LABELS.command] };
  const found = await engine.listContainers({ all: true, filters });
  await Promise.all(
    found.map(async ({ Id }) => {
      const container = engine.getContainer(Id);
      await unless([304, 404], container.stop({ t: GRACE_SECONDS }));
      await removeContainer(container);
    }),
  );
}

/** The command label of the container that an image's files are copied from. It never runs. */
const PACKING = "assets";

/**
 * From the release's image and not from its container, in which the service may change files while they are read, and which
 * has its volumes.
 */
export const packFolder: Runner["packFolder"] = async (place, releaseId, folder, use) => {
  const engine = await openEngine(place.host);
  const release = await inspectOurs(engine.getContainer(containerName(place, releaseId)), place);
  if (!release) return null;
  const name = `${containerName(place, releaseId)}-${PACKING}`;
  const left = engine.getContainer(name);
  if (await inspectOurs(left, place)) await removeContainer(left);
  const container = await engine.createContainer({
    name,
    Image: release.Image,
    Entrypoint: [PACKING],
    Labels: { ...releaseLabels(place, releaseId), [LABELS.command]: PACKING },
    HostConfig: { NetworkMode: "none" },
  });
  try {
    const path = posix.resolve("/", release.Config.WorkingDir, folder);
    if ((await unless([404], container.infoArchive({ path }))) === null) return null;
    return await use(["docker", "--host", `unix://${ENGINE_SOCKET}`, "cp", `${container.id}:${path}/.`, "-"]);
  } finally {
    await removeContainer(container);
  }
};

async function containerOf(place: ServicePlace, releaseId: string, name: CommandName): Promise<Container> {
  return (await openEngine(place.host)).getContainer(commandContainerName(place, releaseId, name));
}

/** Is it one of a service's own commands, and not a release? */
export function isCommand({ Labels }: Pick<ContainerInspectInfo["Config"], "Labels">): boolean {
  return Labels?.[LABELS.command] !== undefined;
}
