import { posix } from "node:path";
import type { Driver, ReleaseRef, ServicePlace } from "../driver";
import { startPhase, stopPhase } from "../lifecycle/start-stop";
import { hostUpkeep, removeUnused, runtimeState } from "../lifecycle/upkeep";
import { verifyPhase } from "../lifecycle/verify";
import { deregisterPhase, registerPhase } from "../phases/register";
import { hasControls, tooLongVariables, volumeRefusals } from "../refusal";
import { removeReleaseFiles } from "../release-files";
import { findArtifact, isPulled } from "./artifact";
import { buildPhase } from "./build";
import { diffImages } from "./diff";
import { openEngine } from "./engine";
import { findImage, removeBuiltImage, removeImage, removeLostStages } from "./image";
import { inventory } from "./inventory";
import { followOutput } from "./logs";
import { ownImage } from "./names";
import { removeFilesPhase } from "./remove-files";
import { dockerParts as parts } from "./runner";
import { DockerSettings } from "./settings";
import { dockerTransferPhase } from "./transfer";
import { validatePhase } from "./validate";

/** Services as containers: a release is an image, built from its files or pulled, and a container of it. */
export const dockerDriver: Driver<DockerSettings> = {
  settings: DockerSettings,
  refuses: ({ volumes, environment }) => [...tooLongVariables(environment), ...volumeRefusals(volumes, isUsableMount)],
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
  upkeep: hostUpkeep(parts, { inventory, runsFrom: (artifact) => findArtifact(artifact)?.imageId ?? null }),
};

/** Docker reads "/data" and "/data/" as one place, and takes none twice. */
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
  // Another release of the same image keeps it by its container.
  if (isPulled(image)) await removeImage(engine, image.pinned);
  await removeReleaseFiles(place, id);
}
