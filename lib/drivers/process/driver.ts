import { Problem } from "@/lib/contracts/problem";
import type { Driver, ReleaseRef, ServicePlace } from "../driver";
import { compareEntries, readManifest } from "../manifest";
import { deregisterPhase, registerPhase } from "../phases/register";
import { transferPhase } from "../phases/transfer";
import { verifyHealthPhase } from "../phases/verify-health";
import { buildPhase } from "../plan/build";
import { releaseLayout } from "../release-layout";
import { processCandidate, switchBack } from "./candidate";
import { followLog } from "./logs";
import { removeFilesPhase, stopPhase } from "./removal";
import { ProcessSettings } from "./settings";
import { startPhase } from "./start";
import { ensureSupervisor } from "./start-supervisor";
import { isReleaseInUse, runtimeState } from "./state";
import { findSupervisor } from "./supervisor-client";
import { readSupervisorState } from "./supervisor-state";
import { validatePhase } from "./validate";

/**
 * Services as plain processes: a release is a directory, and a supervisor on the host holds the public port, keeps the
 * release running and moves traffic to the next one. `supervisorFile` is the built supervisor when it is not in `dist`.
 */
export function createProcessDriver(options: { supervisorFile?: string } = {}): Driver<ProcessSettings> {
  const { supervisorFile } = options;
  return {
    settings: ProcessSettings,
    phases: [
      validatePhase,
      transferPhase((ctx) => isReleaseInUse(ctx, ctx.release.id)),
      buildPhase,
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
    hasArtifact: async (place, { id }) =>
      (await place.host.stat(releaseLayout(place, id).directory))?.kind === "directory",
    diff,
    async restore(place) {
      const { services } = await readSupervisorState(place);
      if (services.length > 0 && (await findSupervisor(place)) === null) await ensureSupervisor(place, supervisorFile);
    },
  };
}

export const processDriver = createProcessDriver();

async function prune(place: ServicePlace, { id }: ReleaseRef): Promise<void> {
  if (await isReleaseInUse(place, id)) throw new Problem("target-in-use", { detail: `release ${id} runs` });
  const { directory, manifest, environment } = releaseLayout(place, id);
  for (const path of [directory, manifest, environment]) await place.host.remove(path);
}

async function diff(place: ServicePlace, from: ReleaseRef, to: ReleaseRef) {
  return compareEntries(await entriesOf(place, from), await entriesOf(place, to));
}

async function entriesOf(place: ServicePlace, { id }: ReleaseRef) {
  const entries = await readManifest(place, id);
  if (!entries) throw new Problem("release-gone", { params: { releaseId: id } });
  return entries;
}
