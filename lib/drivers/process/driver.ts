import { fact, verbatim } from "@/lib/contracts/fact";
import { Problem } from "@/lib/contracts/problem";
import type { Driver, NamedPhase } from "../driver";
import { checkRoute, startPhase, stopPhase } from "../lifecycle/start-stop";
import { hostUpkeep, isInUse, removeUnused, runtimeState } from "../lifecycle/upkeep";
import { verifyPhase } from "../lifecycle/verify";
import { tellProcesses } from "../lifecycle/workers";
import { deregisterPhase, registerPhase } from "../phases/register";
import { installNeeds } from "../phases/room";
import { transferPhase } from "../phases/transfer";
import { checkDisk } from "../phases/validate-host";
import { buildPhase } from "../plan/build";
import { processesOf } from "../plan/process-types";
import { programUse, validatePlan } from "../plan/validate-plan";
import { refuseUnfit } from "../refusal";
import { diffReleases, hasReleaseFiles, removeReleaseFiles } from "../release-files";
import { serviceDirectory } from "../release-layout";
import type { HostParts, Route } from "../route";
import { settingsOf } from "../settings-of";
import { checkCage, endAll, processCage } from "./cage";
import { followLog } from "./logs";
import { inventory, supervisorRoute } from "./route";
import { heldBack, ProcessSettings, processRunner } from "./runner";
import { usage } from "./usage";
import { refuses } from "./volumes";

/**
 * Services as plain processes: a release is a directory, and a supervisor on the host has the public port, keeps the
 * live release running and moves traffic to the next one. `supervisorFile` is the built supervisor when it is not in `dist`.
 */
export function createProcessDriver(options: { supervisorFile?: string } = {}): Driver<ProcessSettings> {
  const { supervisorFile } = options;
  const parts: HostParts = { runner: processRunner(supervisorFile), route: supervisorRoute(supervisorFile) };
  return {
    settings: ProcessSettings,
    refuses,
    phases: [
      validatePhase(parts.route),
      transferPhase({
        isInUse: (ctx) => isInUse(parts, ctx, ctx.release.id),
        use: programUse,
        buildNeeds: installNeeds,
      }),
      buildPhase(processCage),
      startPhase(parts),
      verifyPhase(parts),
      registerPhase(),
    ],
    removal: [stopPhase(parts), deregisterPhase(), removeFilesPhase()],
    state: (place) => runtimeState(parts, place),
    logs: followLog,
    async prune(place, { id }) {
      await removeUnused(parts, place, id);
      await removeReleaseFiles(place, id);
    },
    hasArtifact: hasReleaseFiles,
    diff: diffReleases,
    upkeep: hostUpkeep(parts, { inventory, usage }),
  };
}

export const processDriver = createProcessDriver();

/** Checks everything that would make a later phase fail, before anything changes. */
function validatePhase(route: Route): NamedPhase {
  return {
    key: "validation",
    repeatable: true,
    async run(ctx) {
      refuseUnfit(refuses, ctx);
      await checkCage(ctx);
      const plan = await validatePlan(ctx, settingsOf(ProcessSettings, ctx), processCage);
      const processes = tellProcesses(ctx, await heldBack(ctx, processesOf(ctx.spec, plan)));
      const free = await checkDisk(ctx);
      await checkRoute(ctx, route);
      return { facts: [fact("port-and-space", { port: ctx.spec.port, free }), ...processes] };
    },
  };
}

/** Argument: the service's directory. Prints what is kept. */
const REMOVE = `
set -eu
if [ -n "$(find "$1/volumes" -mindepth 2 -print -quit 2>/dev/null)" ]; then
  # The number of the service's user is known by its home, which goes.
  [ "$(id -u)" != 0 ] || chown -hR 0:0 -- "$1/volumes"
  find "$1" -mindepth 1 -maxdepth 1 ! -name volumes -exec rm -rf -- {} +
  echo "$1/volumes"
else
  rm -rf -- "$1"
fi
`;

/** People's data in volumes is kept: no one could restore it. */
function removeFilesPhase(): NamedPhase {
  return {
    key: "remove-files",
    repeatable: true,
    async run(ctx) {
      await endAll(ctx, ctx.signal);
      const directory = serviceDirectory(ctx);
      const { exitCode, stdout, stderr } = await ctx.host.run(
        { args: ["sh", "-c", REMOVE, "sh", directory] },
        { signal: ctx.signal },
      );
      if (exitCode !== 0) throw new Problem("command-failed", { params: { command: "rm" }, detail: stderr.trim() });
      const kept = stdout.trim();
      return { facts: [verbatim(directory), ...(kept === "" ? [] : [fact("volumes-kept-in", { directory: kept })])] };
    },
  };
}
