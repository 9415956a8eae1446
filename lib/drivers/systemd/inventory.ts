import type { HostPlace, OwnedThing } from "../driver";
import { ownerOfUnit, unitPattern } from "./names";
import { systemdRunner } from "./runner";
import { script, succeeded } from "./script";
import { LIST } from "./unit-scripts";
import { listUsers } from "./users";

/** What a base directory's services have outside of it. */
export async function inventory(place: HostPlace): Promise<OwnedThing[]> {
  return (await Promise.all([listUnits(place), listUsers(place)])).flat();
}

/** The units of a base directory: their names say whose they are. */
async function listUnits(place: HostPlace): Promise<OwnedThing[]> {
  const { stdout } = succeeded(await script(place, LIST, [unitPattern(place)]));
  return stdout.split("\n").flatMap((name) => {
    const owner = ownerOfUnit(place, name);
    if (!owner) return [];
    const { serviceName, releaseId } = owner;
    const remove = () => systemdRunner.remove({ ...place, serviceName }, releaseId);
    return [{ id: `unit:${name}`, kind: "unit", name, serviceName, releaseId, bytes: null, remove } as const];
  });
}
