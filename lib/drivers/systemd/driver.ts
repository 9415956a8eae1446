import { Problem } from "@/lib/contracts/problem";
import type { Driver } from "../driver";
import { deregisterPhase, registerPhase } from "../phases/register";
import { installNeeds } from "../phases/room";
import { transferPhase } from "../phases/transfer";
import { buildPhase } from "../plan/build";
import { diffReleases, hasReleaseFiles, removeReleaseFiles } from "../plan/release-files";
import { programUse } from "../plan/validate-plan";
import { verifyPhase } from "../running/candidate";
import { startPhase } from "../running/start";
import { isInUse, runtimeState } from "../running/state";
import { stopPhase } from "../running/stop";
import { runnerUpkeep } from "../running/upkeep";
import { systemdCage } from "./cage";
import { inventory, removeFilesPhase } from "./inventory";
import { followJournal } from "./journal";
import { systemdRunner as runner } from "./runner";
import { SystemdSettings } from "./settings";
import { refuses, validatePhase } from "./validate";

/** Services as systemd units, one for each release, under a user of their own. */
export const systemdDriver: Driver<SystemdSettings> = {
  settings: SystemdSettings,
  refuses,
  phases: [
    validatePhase,
    transferPhase({
      isInUse: (ctx) => isInUse(runner, ctx, ctx.release.id),
      use: programUse,
      buildNeeds: installNeeds,
    }),
    buildPhase(systemdCage),
    startPhase(runner),
    verifyPhase(runner),
    registerPhase(),
  ],
  removal: [stopPhase(runner), deregisterPhase(), removeFilesPhase],
  state: (place) => runtimeState(runner, place),
  logs: followJournal,
  async prune(place, { id }) {
    if (await isInUse(runner, place, id)) throw new Problem("target-in-use", { detail: `release ${id} runs` });
    await runner.remove(place, id);
    await removeReleaseFiles(place, id);
  },
  hasArtifact: hasReleaseFiles,
  diff: diffReleases,
  upkeep: runnerUpkeep(runner, { inventory }),
};
