import { Problem } from "@/lib/contracts/problem";
import type { Driver, ReleaseRef, ServicePlace } from "../driver";
import { deregisterPhase, registerPhase } from "../phases/register";
import { installNeeds } from "../phases/room";
import { transferPhase } from "../phases/transfer";
import { verifyHealthPhase } from "../phases/verify-health";
import { buildPhase } from "../plan/build";
import { diffReleases, hasReleaseFiles, removeReleaseFiles } from "../plan/release-files";
import { programUse } from "../plan/validate-plan";
import { processCage } from "./cage";
import { processCandidate, switchBack } from "./candidate";
import { followLog } from "./logs";
import { removeFilesPhase, stopPhase } from "./removal";
import { ProcessSettings } from "./settings";
import { startPhase } from "./start";
import { isReleaseInUse, runtimeState } from "./state";
import { processUpkeep } from "./upkeep";
import { validatePhase } from "./validate";
import { refuses } from "./volumes";

/**
 * Services as plain processes: a release is a directory, and a supervisor on the host holds the public port, keeps the
 * release running and moves traffic to the next one. `supervisorFile` is the built supervisor when it is not in `dist`.
 */
export function createProcessDriver(options: { supervisorFile?: string } = {}): Driver<ProcessSettings> {
  const { supervisorFile } = options;
  return {
    settings: ProcessSettings,
    refuses,
    phases: [
      validatePhase,
      transferPhase({
        isInUse: (ctx) => isReleaseInUse(ctx, ctx.release.id),
        use: programUse,
        buildNeeds: installNeeds,
      }),
      buildPhase(processCage),
      startPhase(supervisorFile),
      verifyHealthPhase({
        candidateOf: (ctx) => processCandidate(ctx, supervisorFile),
        switchBack: (ctx, receipt) => switchBack(ctx, receipt, supervisorFile),
      }),
      registerPhase(),
    ],
    removal: [stopPhase(supervisorFile), deregisterPhase(), removeFilesPhase],
    state: runtimeState,
    logs: followLog,
    prune,
    hasArtifact: hasReleaseFiles,
    diff: diffReleases,
    upkeep: processUpkeep(supervisorFile),
  };
}

export const processDriver = createProcessDriver();

async function prune(place: ServicePlace, { id }: ReleaseRef): Promise<void> {
  if (await isReleaseInUse(place, id)) throw new Problem("target-in-use", { detail: `release ${id} runs` });
  await removeReleaseFiles(place, id);
}
