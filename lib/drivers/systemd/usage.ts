import type { HostPlace, HostUsage } from "../driver";
import { figuresIn, groupFigures, type PrintedFigures } from "../usage/figures";
import { ownerOfUnit, unitPattern } from "./names";
import { runUnits } from "./programs";

/** Units are control groups. systemd's own figure of a unit's memory has cached files in it, which Docker's has not. */
export async function usage(place: HostPlace, signal: AbortSignal): Promise<HostUsage> {
  return usageIn(place, figuresIn(await runUnits(place, "usage", [unitPattern(place)], { signal })));
}

export function usageIn(place: Pick<HostPlace, "base">, { uptimeMs, lines }: PrintedFigures): HostUsage {
  return {
    uptimeMs,
    releases: lines.flatMap(([unit = "", run = "", restarts, cpu, memory]) => {
      const owner = ownerOfUnit(place, unit);
      if (!owner) return [];
      const { serviceName, releaseId } = owner;
      return [{ serviceName, releaseId, run, ...groupFigures(cpu, memory), restarts: Number(restarts) }];
    }),
  };
}
