import { setTimeout as sleep } from "node:timers/promises";
import type { Inspection, ServicePlace, Upkeep } from "@/lib/drivers/driver";
import { differencesOf, type Found } from "./compare";
import type { WantedService } from "./wanted-store";

/** How long what was just put back may take to come up before it is called unsteady. */
const SETTLE_MS = 5_000;
const SETTLE_EVERY_MS = 250;

export interface Look {
  seen: Inspection;
  differences: Found[];
}

export async function lookAtService(
  upkeep: Upkeep,
  place: ServicePlace,
  { release, before }: WantedService,
): Promise<Look> {
  const seen = await upkeep.inspect(place, release);
  const wanted = { releaseId: release.id, restartsBefore: before?.restarts ?? null };
  return { seen, differences: differencesOf(wanted, seen) };
}

/** The look after something was put back. */
export async function lookOnceSettled(
  upkeep: Upkeep,
  place: ServicePlace,
  service: WantedService,
  signal: AbortSignal,
): Promise<Look> {
  const end = performance.now() + SETTLE_MS;
  // Being started again is what was just done to it.
  const fresh = { ...service, before: null };
  for (;;) {
    const look = await lookAtService(upkeep, place, fresh);
    if (look.differences.length === 0 || performance.now() > end) return look;
    await sleep(SETTLE_EVERY_MS, undefined, { signal });
  }
}
