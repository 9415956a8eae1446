import type { Driver } from "../driver";
import { startPhase, stopPhase } from "../lifecycle/start-stop";
import { hostUpkeep, isInUse, removeUnused, runtimeState } from "../lifecycle/upkeep";
import { verifyPhase } from "../lifecycle/verify";
import { deregisterPhase, registerPhase } from "../phases/register";
import { installNeeds } from "../phases/room";
import { transferPhase } from "../phases/transfer";
import { buildPhase } from "../plan/build";
import { programUse } from "../plan/validate-plan";
import { diffReleases, hasReleaseFiles, removeReleaseFiles } from "../release-files";
import { systemdCage } from "./cage";
import { inventory, removeFilesPhase } from "./inventory";
import { followJournal } from "./journal";
import { systemdParts as parts } from "./runner";
import { SystemdSettings } from "./settings";
import { usage } from "./usage";
import { refuses, validatePhase } from "./validate";

/** Services as systemd units, one for each release, under a user of their own. */
export const systemdDriver: Driver<SystemdSettings> = {
  settings: SystemdSettings,
  refuses,
  phases: [
    validatePhase,
    transferPhase({
      isInUse: (ctx) => isInUse(parts, ctx, ctx.release.id),
      use: programUse,
      buildNeeds: installNeeds,
    }),
    buildPhase(systemdCage),
    startPhase(parts),
    verifyPhase(parts),
    registerPhase(),
  ],
  removal: [stopPhase(parts), deregisterPhase(), removeFilesPhase],
  state: (place) => runtimeState(parts, place),
  logs: followJournal,
  async prune(place, { id }) {
    await removeUnused(parts, place, id);
    await removeReleaseFiles(place, id);
  },
  hasArtifact: hasReleaseFiles,
  diff: diffReleases,
  upkeep: hostUpkeep(parts, { inventory, usage }),
};
