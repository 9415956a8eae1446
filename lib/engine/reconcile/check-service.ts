import { setTimeout as sleep } from "node:timers/promises";
import type { Restored } from "@/lib/contracts/drift";
import { Problem, ProblemData } from "@/lib/contracts/problem";
import type { Driver, HostPlace, Inspection, ServicePlace, Upkeep } from "@/lib/drivers/driver";
import { driverOf } from "@/lib/drivers/registry";
import { log } from "@/lib/platform/log";
import { isGivenUp, toDifferences, triesThatCount } from "@/lib/services/service-check";
import { conditionOf, differencesOf, type Found, isUnsteady, needsRepair, withSince } from "./compare";
import { lastOutput } from "./last-output";
import { checkRegistration, NO_REGISTRATION } from "./registration-drift";
import { type Attempt, restoreService } from "./restore-service";
import { keepCheck, keepUnknown, type SeenService, type WantedService } from "./service-check-store";
import type { Lease } from "./target-lease";

/** Compares one service with the state of its host, repairs what may be repaired, and stores the result. */
export async function checkService(place: HostPlace, service: WantedService, lease: Lease): Promise<void> {
  const driver = driverOf(service.release.spec.driver);
  const { upkeep } = driver;
  if (!upkeep) return;
  try {
    const seen = await compare({ driver, upkeep, place, service, lease });
    if (seen) await keepCheck(service, seen);
  } catch (error) {
    lease.signal.throwIfAborted();
    await keepUnknown(service, problemOf(error));
  }
}

interface Comparing {
  driver: Driver;
  upkeep: Upkeep;
  place: HostPlace;
  service: WantedService;
  lease: Lease;
}

/** Null when a deployment of the service has begun meanwhile. */
async function compare(comparing: Comparing): Promise<SeenService | null> {
  const { driver, place, service, lease } = comparing;
  const now = new Date();
  const checked = await checkAndRepair(comparing, now);
  if (checked === null) return null;
  const { look, attempt, tries } = checked;
  const unsteadyLooks = isUnsteady(look.differences) ? (service.before?.unsteadyLooks ?? 0) + 1 : 0;
  const condition = conditionOf(look.differences, unsteadyLooks);
  const serves = condition === "good" || condition === "drifted";
  const asking = { now, isAsked: lease.requestedAt !== null, signal: lease.signal };
  const registration = serves ? await checkRegistration(place, service, asking) : NO_REGISTRATION;
  const differences = [...look.differences, ...registration.differences];
  return {
    condition: serves && differences.length > 0 ? "drifted" : condition,
    differences: withSince(differences, service.before ? toDifferences(service.before) : [], now),
    exitCode: look.seen.exitCode,
    restarts: look.seen.restarts,
    unsteadyLooks,
    lastOutput: serves ? [] : await lastOutput(driver, { ...place, serviceName: service.name }, service),
    restored: [
      ...attempt.restored.filter((what) => isLoss(what, lease)),
      ...(registration.restored ? ["registration" as const] : []),
    ],
    ...triesAfter(service, attempt, tries, now),
    problem: attempt.problem ?? registration.problem ?? problemBefore(service, serves),
    registryAt: registration.at,
    at: now,
  };
}

/** The final result, and the repair that was attempted. */
async function checkAndRepair({ upkeep, place, service, lease }: Comparing, now: Date) {
  const at = { ...place, serviceName: service.name };
  const look = await inspectService(upkeep, at, service);
  const tries = triesBefore(service, look, lease, now);
  if (!needsRepair(look.differences) || service.isStuck || isGivenUp(tries))
    return { look, attempt: NO_ATTEMPT, tries };
  const attempt = await restoreService(upkeep, place, service, lease);
  if (attempt === null || attempt.restored.length === 0) return attempt && { look, attempt, tries };
  return { look: await checkOnceSettled(upkeep, at, service, lease.signal), attempt, tries };
}

/** How long a restored release may take to come up before it counts as unsteady. */
const SETTLE_MS = 5_000;
const SETTLE_EVERY_MS = 250;

interface Look {
  seen: Inspection;
  differences: Found[];
}

async function inspectService(upkeep: Upkeep, place: ServicePlace, { release, before }: WantedService): Promise<Look> {
  const seen = await upkeep.inspect(place, release);
  const wanted = { releaseId: release.id, restartsBefore: before?.restarts ?? null };
  return { seen, differences: differencesOf(wanted, seen) };
}

/** The check after a repair. */
async function checkOnceSettled(
  upkeep: Upkeep,
  place: ServicePlace,
  service: WantedService,
  signal: AbortSignal,
): Promise<Look> {
  const end = performance.now() + SETTLE_MS;
  // The repair itself restarted it, so earlier restarts do not count.
  const fresh = { ...service, before: null };
  for (;;) {
    const look = await inspectService(upkeep, place, fresh);
    if (look.differences.length === 0 || performance.now() > end) return look;
    await sleep(SETTLE_EVERY_MS, undefined, { signal });
  }
}

/** Landfall starts its own supervisor when it starts, so an absent one is no loss then. */
function isLoss(what: Restored, { isFirst }: Lease): boolean {
  return what !== "supervisor" || !isFirst;
}

const NO_ATTEMPT: Attempt = { restored: [], problem: null };
/** Starting these may fail repeatedly, so tries are counted. A lost route or supervisor is restored without a limit. */
const TRIED: readonly Restored[] = ["release", "processes", "record"];

function triesBefore({ before }: WantedService, { differences }: Look, lease: Lease, now: Date): number {
  return before ? triesThatCount(before, differences.length === 0, lease.requestedAt, now) : 0;
}

function triesAfter({ before }: WantedService, { restored, problem }: Attempt, tries: number, now: Date) {
  const isTry = problem !== null || restored.some((what) => TRIED.includes(what));
  return { tries: tries + (isTry ? 1 : 0), triedAt: isTry ? now : (before?.triedAt ?? null) };
}

/** The reason of a failed repair is kept until the service is live. */
function problemBefore({ before }: WantedService, serves: boolean): ProblemData | null {
  return !serves && before?.condition === "down" ? ProblemData.nullable().parse(before.problem) : null;
}

function problemOf(error: unknown): ProblemData {
  if (error instanceof Problem) return error.toData();
  log.warn({ err: error }, "a service could not be compared with its host");
  return new Problem("internal", { detail: error instanceof Error ? error.message : String(error) }).toData();
}
