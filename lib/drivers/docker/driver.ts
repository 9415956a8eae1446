import { posix } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import { openEngine } from "@/lib/platform/docker/engine";
import type { Driver, ReleaseRef, ServicePlace } from "../driver";
import { deregisterPhase, registerPhase } from "../phases/register";
import { removeReleaseFiles } from "../plan/release-files";
import { hasControls, tooLongVariables, volumeRefusals } from "../refusal";
import { verifyPhase } from "../running/candidate";
import { startPhase } from "../running/start";
import { isInUse, runtimeState } from "../running/state";
import { stopPhase } from "../running/stop";
import { runnerUpkeep } from "../running/upkeep";
import { findArtifact, isPulled } from "./artifact";
import { buildPhase } from "./build";
import { diffImages } from "./diff";
import { findImage, removeBuiltImage, removeImage, removeLostStages } from "./image";
import { inventory } from "./inventory";
import { followOutput } from "./logs";
import { ownImage } from "./names";
import { removeFilesPhase } from "./remove-files";
import { dockerRunner as runner } from "./runner";
import { DockerSettings } from "./settings";
import { dockerTransferPhase } from "./transfer";
import { validatePhase } from "./validate";

/** Services as containers: a release is an image, built from its files or pulled, and a container of it. */
export const dockerDriver: Driver<DockerSettings> = {
  settings: DockerSettings,
  refuses: ({ volumes, environment }) => [...tooLongVariables(environment), ...volumeRefusals(volumes, isUsableMount)],
  phases: [validatePhase, dockerTransferPhase, buildPhase, startPhase(runner), verifyPhase(runner), registerPhase()],
  removal: [stopPhase(runner), deregisterPhase(), removeFilesPhase],
  state: (place) => runtimeState(runner, place),
  logs: followOutput,
  prune,
  async hasArtifact({ host }, { artifact }) {
    const image = findArtifact(artifact);
    return image !== null && (await findImage(await openEngine(host), image.imageId)) !== null;
  },
  diff: diffImages,
  upkeep: runnerUpkeep(runner, { inventory, runsFrom: (artifact) => findArtifact(artifact)?.imageId ?? null }),
};

/** Docker reads "/data" and "/data/" as one place, and takes none twice. */
function isUsableMount(path: string, others: readonly string[]): boolean {
  const own = posix.normalize(`${path}/`);
  return own !== "/" && !hasControls(path) && others.every((other) => posix.normalize(`${other}/`) !== own);
}

async function prune(place: ServicePlace, { id, artifact }: ReleaseRef): Promise<void> {
  if (await isInUse(runner, place, id)) throw new Problem("target-in-use", { detail: `release ${id} runs` });
  const engine = await openEngine(place.host);
  await runner.remove(place, id);
  await removeBuiltImage(engine, ownImage(place, id));
  await removeLostStages(engine, place);
  const image = findArtifact(artifact);
  // Another release of the same image keeps it by its container.
  if (isPulled(image)) await removeImage(engine, image.pinned);
  await removeReleaseFiles(place, id);
}
