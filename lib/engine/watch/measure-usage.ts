import type { AnyDriver, HostPlace, HostUsage } from "@/lib/drivers/driver";
import { driverOf } from "@/lib/drivers/registry";
import { db } from "@/lib/platform/db/client";
import { log } from "@/lib/platform/log";
import { isReachableFromHere, withConnection } from "@/lib/targets/registry";
import { type TargetRow, toTargetRow } from "@/lib/targets/target-store";
import { type LookReading, readingOf, sampleOf } from "./usage";
import { claimLook, keepLook, type Live, liveServices, targetsToLookAt } from "./usage-store";

/** A look that takes longer is given up: the next one is due. */
const LOOK_MS = 40_000;

/**
 * Asks every target once a minute what its services use. Several workers may do so concurrently. The minutes of a target
 * that does not answer stay empty. A platform is not asked: it tells no figures.
 */
export async function measureUsage(stopping: AbortSignal): Promise<void> {
  const targets = await db.target.findMany({
    where: { id: { in: await targetsToLookAt() }, disabledAt: null, deletedAt: null },
  });
  await Promise.all(targets.map((target) => measureTarget(toTargetRow(target), stopping)));
}

async function measureTarget(target: TargetRow, stopping: AbortSignal): Promise<void> {
  if (!(await isReachableFromHere(target))) return;
  const look = await claimLook(target.id);
  if (!look) return;
  const live = await liveServices(target.id);
  const signal = AbortSignal.any([stopping, AbortSignal.timeout(LOOK_MS)]);
  try {
    const reading = await withConnection(target, async ({ host }) => host && readAll(host, live, signal));
    if (!reading) return;
    const samples = Object.entries(reading).map(([serviceId, service]) => ({
      serviceId,
      ...sampleOf(service, look.before[serviceId]),
    }));
    await keepLook(look, reading, samples);
  } catch (error) {
    stopping.throwIfAborted();
    log.debug({ err: error, target: target.name }, "what the services of a target use is not known");
  }
}

/** One look for each driver that the services are run by. */
async function readAll(place: HostPlace, live: readonly Live[], signal: AbortSignal): Promise<LookReading> {
  const reading: LookReading = {};
  for (const kind of new Set(live.map(({ driver }) => driver))) {
    const usage = await usageOf(driverOf(kind), place, signal);
    for (const { serviceId, ...release } of live.filter(({ driver }) => driver === kind)) {
      const read = usage && readingOf(release, usage);
      if (read) reading[serviceId] = read;
    }
  }
  return reading;
}

/** Null where one driver's tool does not answer: the services of the others are still read. */
async function usageOf({ upkeep }: AnyDriver, place: HostPlace, signal: AbortSignal): Promise<HostUsage | null> {
  try {
    return (await upkeep?.usage(place, signal)) ?? null;
  } catch (error) {
    signal.throwIfAborted();
    log.debug({ err: error, host: place.host.label }, "a driver does not tell what its services use");
    return null;
  }
}
