import { posix } from "node:path";
import { fact, verbatim } from "@/lib/contracts/fact";
import type { Change } from "@/lib/contracts/release";
import { openEngine } from "@/lib/platform/docker/engine";
import type { Driver, NamedPhase, ReleaseRef, ServicePlace } from "../driver";
import { startPhase, stopPhase } from "../lifecycle/start-stop";
import { hostUpkeep, removeUnused, runtimeState } from "../lifecycle/upkeep";
import { verifyPhase } from "../lifecycle/verify";
import { deregisterPhase, registerPhase } from "../phases/register";
import { hasControls, refusedCommands, tooLongVariables, volumeRefusals } from "../refusal";
import { diffReleases, removeReleaseFiles } from "../release-files";
import { serviceDirectory } from "../release-layout";
import { buildPhase } from "./build";
import {
  artifactOf,
  type DockerArtifact,
  findArtifact,
  findImage,
  isPulled,
  listBuiltImages,
  removeBuiltImage,
  removeImage,
  removeLostStages,
} from "./image";
import { inventory } from "./inventory";
import { ownImage, serviceLabels, withLabels } from "./names";
import { removeUnusedNetwork } from "./network";
import { followOutput } from "./output";
import { dockerParts as parts } from "./runner";
import { DockerSettings } from "./settings";
import { dockerTransferPhase } from "./transfer";
import { usage } from "./usage";
import { validatePhase } from "./validate";

/** Removes everything of a service but its volumes: no one could restore their data. */
const removeFilesPhase: NamedPhase = {
  key: "remove-files",
  repeatable: true,
  async run(ctx) {
    const engine = await openEngine(ctx.host);
    for (const { own } of await listBuiltImages(engine, ctx)) await removeBuiltImage(engine, own);
    for (const { artifact } of ctx.artifacts) {
      const image = findArtifact(artifact);
      if (isPulled(image)) await removeImage(engine, image.pinned);
    }
    await removeUnusedNetwork(engine, ctx);
    const directory = serviceDirectory(ctx);
    await ctx.host.remove(directory);
    const { Volumes } = await engine.listVolumes({ filters: withLabels(serviceLabels(ctx)) });
    const names = Volumes.map(({ Name }) => Name).join(", ");
    return { facts: [verbatim(directory), ...(names === "" ? [] : [fact("volumes-kept", { names })])] };
  },
};

/** Runs services as containers. A release is an image, built from the service's files or pulled, and a container. */
export const dockerDriver: Driver<DockerSettings> = {
  settings: DockerSettings,
  refuses: ({ volumes, environment, settings }) => [
    ...tooLongVariables(environment),
    ...volumeRefusals(volumes, isUsableMount),
    // Without one it would be a second copy of the service, which waits for requests.
    ...refusedCommands(settings, (text, field) => (text === "" && field === "command" ? "required" : null)),
  ],
  phases: [validatePhase, dockerTransferPhase, buildPhase, startPhase(parts), verifyPhase(parts), registerPhase()],
  removal: [stopPhase(parts), deregisterPhase(), removeFilesPhase],
  state: (place) => runtimeState(parts, place),
  logs: followOutput,
  prune,
  async hasArtifact({ host }, { artifact }) {
    const image = findArtifact(artifact);
    return image !== null && (await findImage(await openEngine(host), image.imageId)) !== null;
  },
  diff: diffImages,
  upkeep: hostUpkeep(parts, { inventory, usage, runsFrom: (artifact) => findArtifact(artifact)?.imageId ?? null }),
};

/** To Docker "/data" and "/data/" are the same path, and it refuses a path that is used twice. */
function isUsableMount(path: string, others: readonly string[]): boolean {
  const own = posix.normalize(`${path}/`);
  return own !== "/" && !hasControls(path) && others.every((other) => posix.normalize(`${other}/`) !== own);
}

async function prune(place: ServicePlace, { id, artifact }: ReleaseRef): Promise<void> {
  await removeUnused(parts, place, id);
  const engine = await openEngine(place.host);
  await removeBuiltImage(engine, ownImage(place, id));
  await removeLostStages(engine, place);
  const image = findArtifact(artifact);
  // The image stays while the container of another release uses it.
  if (isPulled(image)) await removeImage(engine, image.pinned);
  await removeReleaseFiles(place, id);
}

/** Compares two builds by their files, and anything else by its image: by the name if that differs, else by the digest. */
async function diffImages(place: ServicePlace, from: ReleaseRef, to: ReleaseRef): Promise<Change[]> {
  const [before, after] = [artifactOf(from), artifactOf(to)];
  if (!isPulled(before) && !isPulled(after)) return diffReleases(place, from, to);
  if (before.imageId === after.imageId) return [];
  const [old, now] = [nameOf(before), nameOf(after)];
  if (old === now) return [{ name: now, kind: "changed" }];
  return [
    { name: old, kind: "removed" },
    { name: now, kind: "added" },
  ];
}

function nameOf(artifact: DockerArtifact): string {
  return isPulled(artifact) ? artifact.reference : String(artifact.tag);
}
