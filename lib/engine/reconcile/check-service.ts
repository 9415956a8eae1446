import type { Restored } from "@/lib/contracts/drift";
import { Problem, ProblemData } from "@/lib/contracts/problem";
import type { Driver, HostPlace, Upkeep } from "@/lib/drivers/driver";
import { driverOf } from "@/lib/drivers/registry";
import { log } from "@/lib/platform/log";
import { toDifferences } from "@/lib/services/service-check-row";
import { isGivenUp, triesThatCount } from "@/lib/services/tries";
import { conditionOf, isUnsteady, needsPuttingBack, withSince } from "./compare";
import type { Hold } from "./hold-target";
import { lastOutput } from "./last-output";
import { type Look, lookAtService, lookOnceSettled } from "./look-at-service";
import { lookAtRegistration, NO_REGISTRATION } from "./registration-drift";
import { type Attempt, restoreService } from "./restore-service";
import { keepCheck, keepUnknown, type SeenService } from "./service-check-store";
import type { WantedService } from "./wanted-store";

/** Compares one service with what its host has, puts back what may be, and keeps what was seen. */
export async function checkService(place: HostPlace, service: WantedService, hold: Hold): Promise<void> {
  const driver = driverOf(service.release.spec.driver);
  const { upkeep } = driver;
  if (!upkeep) return;
  try {
    const seen = await compare({ driver, upkeep, place, service, hold });
    if (seen) await keepCheck(service, seen);
  } catch (error) {
    hold.signal.throwIfAborted();
    await keepUnknown(service, problemOf(error));
  }
}

interface Comparing {
  driver: Driver;
  upkeep: Upkeep;
  place: HostPlace;
  service: WantedService;
  hold: Hold;
}

/** Null when a deployment of it began meanwhile. */
async function compare(comparing: Comparing): Promise<SeenService | null> {
  const { driver, place, service, hold } = comparing;
  const now = new Date();
  const mended = await lookAndMend(comparing, now);
  if (mended === null) return null;
  const { look, attempt, tries } = mended;
  const unsteadyLooks = isUnsteady(look.differences) ? (service.before?.unsteadyLooks ?? 0) + 1 : 0;
  const condition = conditionOf(look.differences, unsteadyLooks);
  const serves = condition === "good" || condition === "drifted";
  const asking = { now, isAsked: hold.requestedAt !== null, signal: hold.signal };
  const registration = serves ? await lookAtRegistration(place, service, asking) : NO_REGISTRATION;
  const differences = [...look.differences, ...registration.differences];
  return {
    condition: serves && differences.length > 0 ? "drifted" : condition,
    differences: withSince(differences, service.before ? toDifferences(service.before) : [], now),
    exitCode: look.seen.exitCode,
    restarts: look.seen.restarts,
    unsteadyLooks,
    lastOutput: serves ? [] : await lastOutput(driver, { ...place, serviceName: service.name }, service),
    restored: [
      ...attempt.restored.filter((what) => isLoss(what, hold)),
      ...(registration.restored ? ["registration" as const] : []),
    ],
    ...triesAfter(service, attempt, tries, now),
    problem: attempt.problem ?? registration.problem ?? problemBefore(service, serves),
    registryAt: registration.at,
    at: now,
  };
}

/** What was seen in the end, and what was done before that. */
async function lookAndMend({ upkeep, place, service, hold }: Comparing, now: Date) {
  const at = { ...place, serviceName: service.name };
  const look = await lookAtService(upkeep, at, service);
  const tries = triesBefore(service, look, hold, now);
  if (!needsPuttingBack(look.differences) || service.isStuck || isGivenUp(tries))
    return { look, attempt: NO_ATTEMPT, tries };
  const attempt = await restoreService(upkeep, place, service, hold);
  if (attempt === null || attempt.restored.length === 0) return attempt && { look, attempt, tries };
  return { look: await lookOnceSettled(upkeep, at, service, hold.signal), attempt, tries };
}

/** Whoever starts Landfall again starts its supervisor with it: nothing was lost. */
function isLoss(what: Restored, { isFirst }: Hold): boolean {
  return what !== "supervisor" || !isFirst;
}

const NO_ATTEMPT: Attempt = { restored: [], problem: null };
/** Starting these is what may go wrong again and again; a lost way or a lost supervisor is put back whenever it is lost. */
const TRIED: readonly Restored[] = ["release", "record"];

function triesBefore({ before }: WantedService, { differences }: Look, hold: Hold, now: Date): number {
  return before ? triesThatCount(before, differences.length === 0, hold.requestedAt, now) : 0;
}

function triesAfter({ before }: WantedService, { restored, problem }: Attempt, tries: number, now: Date) {
  const isTry = problem !== null || restored.some((what) => TRIED.includes(what));
  return { tries: tries + (isTry ? 1 : 0), triedAt: isTry ? now : (before?.triedAt ?? null) };
}

/** Why it could not be put back stays true until it serves. */
function problemBefore({ before }: WantedService, serves: boolean): ProblemData | null {
  return !serves && before?.condition === "down" ? ProblemData.nullable().parse(before.problem) : null;
}

function problemOf(error: unknown): ProblemData {
  if (error instanceof Problem) return error.toData();
  log.warn({ err: error }, "a service could not be compared with its host");
  return new Problem("internal", { detail: error instanceof Error ? error.message : String(error) }).toData();
}
