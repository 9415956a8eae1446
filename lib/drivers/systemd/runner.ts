import { Problem } from "@/lib/contracts/problem";
import type { CommandResult } from "@/lib/hosts/host";
import type { ServicePlace } from "../driver";
import { withEdgeOrDirect } from "../lifecycle/edge-or-direct";
import type { ReleaseStatus, Runner } from "../runner";
import { createRelease } from "./create-release";
import { looksIn } from "./look";
import { unitName, unitPattern } from "./names";
import { environmentFileOf } from "./paths";
import { script, succeeded } from "./script";
import { keepDropIn } from "./service-unit";
import { KEEP, LAST_OUTPUT, REMOVE, RESUME, SHOW, STOP, UNIT_EXIT } from "./unit-scripts";

/** Between TERM and KILL for a release that is taken away. */
const REMOVE_GRACE_SECONDS = 10;
/** Zero would be for ever. */
const MIN_GRACE_MS = 100;

/** Releases as systemd units. systemd holds all there is to know of them. */
export const systemdRunner: Runner = {
  create: createRelease,

  async resume(place, { releaseId }) {
    started(await script(place, RESUME, [unitName(place, releaseId)]), releaseId);
  },

  async keep(place, releaseId) {
    started(await script(place, KEEP, [unitName(place, releaseId)], { stdin: keepDropIn() }), releaseId);
  },

  async stop(place, releaseId, graceMs, signal) {
    succeeded(
      await script(place, STOP, [unitName(place, releaseId), String(Math.max(graceMs, MIN_GRACE_MS) / 1_000)], {
        signal,
      }),
    );
  },

  // TERM ends what systemd runs, unless it was made to ignore it.
  retire: (...how) => systemdRunner.stop(...how),

  async remove(place, releaseId) {
    const file = environmentFileOf(place, releaseId);
    succeeded(await script(place, REMOVE, [unitName(place, releaseId), String(REMOVE_GRACE_SECONDS), file]));
  },

  async status(place, releaseId) {
    const [status = null] = await show(place, unitName(place, releaseId));
    return status;
  },

  list: (place) => show(place, unitPattern(place, place.serviceName)),

  async lastOutput(place, releaseId, lines) {
    const { exitCode, stdout, stderr } = await script(place, LAST_OUTPUT, [unitName(place, releaseId), String(lines)]);
    // It is asked for to explain another failure, which this one must not take the place of.
    const text = exitCode === 0 ? stdout : stderr;
    return text === "" ? [] : text.replace(/\n$/, "").split("\n").slice(-lines);
  },
};

/** How the releases of the driver run and are routed to. */
export const systemdParts = withEdgeOrDirect(systemdRunner);

async function show(place: ServicePlace, pattern: string): Promise<ReleaseStatus[]> {
  return looksIn(place, succeeded(await script(place, SHOW, [pattern])).stdout);
}

function started(result: CommandResult, releaseId: string): void {
  if (result.exitCode === UNIT_EXIT.notStarted) throw new Problem("start-failed", { detail: result.stderr.trim() });
  if (result.exitCode === UNIT_EXIT.noUnit)
    throw new Problem("start-failed", { detail: `there is no unit of release ${releaseId} any more` });
  succeeded(result);
}
