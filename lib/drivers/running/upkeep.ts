import type { Inspection, Json, ReleaseRef, ServicePlace, Upkeep } from "../driver";
import { findEdge } from "../edge/ensure-edge";
import { leadsTo } from "./public-way";
import { restoreService } from "./restore";
import type { ReleaseRunner } from "./runner";
import { readServing, type Serving } from "./serving";
import { stateOf } from "./state";

interface Options {
  inventory: Upkeep["inventory"];
  /** What `ReleaseLook.runsFrom` must be for this artifact; null where it cannot differ. */
  runsFrom?: (artifact: Json) => string | null;
}

/** How the services of a runner are looked after. */
export function runnerUpkeep(runner: ReleaseRunner, { inventory, runsFrom = () => null }: Options): Upkeep {
  return {
    inspect: (place, release) => inspect(runner, place, release, runsFrom(release.artifact)),
    restore: (ctx) => restoreService(runner, ctx),
    inventory,
  };
}

async function inspect(
  runner: ReleaseRunner,
  place: ServicePlace,
  release: ReleaseRef,
  wanted: string | null,
): Promise<Inspection> {
  const [serving, look] = await Promise.all([readServing(place), runner.look(place, release.id)]);
  const found = look?.runsFrom ?? null;
  return {
    servingId: serving?.releaseId ?? null,
    way: await wayOf(place, serving),
    state: look ? stateOf(look) : "absent",
    since: look?.since ?? null,
    restarts: look?.restarts ?? 0,
    exitCode: look?.exited?.exitCode ?? null,
    foreignArtifact: wanted !== null && found !== null && wanted !== found ? { wanted, found } : null,
  };
}

async function wayOf(place: ServicePlace, serving: Serving | null): Promise<Inspection["way"]> {
  if (serving?.way === "edge" && (await findEdge(place)) === null) return "edge-down";
  return serving && (await leadsTo(place, serving, serving)) ? "open" : "closed";
}
