import { Problem, type ProblemData } from "@/lib/contracts/problem";
import { SYSTEM } from "@/lib/contracts/user";
import type { Inspection } from "@/lib/drivers/driver";
import { driverOf } from "@/lib/drivers/registry";
import { requestRepair } from "@/lib/engine/request-deployment";
import { db } from "@/lib/platform/db/client";
import { log } from "@/lib/platform/log";
import { isGivenUp, toDifferences, triesThatCount } from "@/lib/services/service-check";
import { conditionOf, differencesOf, isUnsteady, withSince } from "./compare";
import { lastOutput } from "./last-output";
import { keepCheck, type WantedService } from "./service-check-store";
import type { Lease } from "./target-lease";

/**
 * Compares all services of a platform with its actual state in one survey. A service that is down is redeployed by its
 * owner or, if the target says so, by Landfall. Rejects when the platform does not answer.
 */
export async function checkPlatform(
  access: object,
  services: readonly WantedService[],
  lease: Lease,
  { repair }: { repair: boolean },
): Promise<void> {
  for (const [kind, ofKind] of Map.groupBy(services, ({ release }) => release.spec.driver)) {
    const releases = ofKind.map(({ release }) => ({ ...release, domain: release.spec.domain }));
    const seen = (await driverOf(kind).survey?.(access, releases, lease.signal)) ?? new Map<string, Inspection>();
    for (const service of ofKind) {
      lease.signal.throwIfAborted();
      const inspection = seen.get(service.release.id);
      if (inspection) await keepSeen({ access, service, inspection, lease, repair });
    }
  }
}

interface Seen {
  access: object;
  service: WantedService;
  inspection: Inspection;
  lease: Lease;
  repair: boolean;
}

async function keepSeen({ access, service, inspection, lease, repair }: Seen): Promise<void> {
  const { before, release } = service;
  const now = new Date();
  const found = differencesOf({ releaseId: release.id, restartsBefore: null }, inspection).map((difference) =>
    // The route to a stack is its domain.
    difference.code === "way-closed" ? { ...difference, code: "domain-lost" as const } : difference,
  );
  const unsteadyLooks = isUnsteady(found) ? (before?.unsteadyLooks ?? 0) + 1 : 0;
  const condition = conditionOf(found, unsteadyLooks);
  const serves = condition === "good" || condition === "drifted";
  const tries = before ? triesThatCount(before, condition === "good", lease.requestedAt, now) : 0;
  const isTry = repair && condition === "down" && !service.isStuck && !isGivenUp(tries);
  const problem = isTry ? await repairNow(service) : null;
  const lines = serves
    ? []
    : await lastOutput(driverOf(release.spec.driver), { ...access, serviceName: service.name }, service);
  await keepCheck(service, {
    condition,
    differences: withSince(found, before ? toDifferences(before) : [], now),
    exitCode: inspection.exitCode,
    restarts: inspection.restarts,
    unsteadyLooks,
    // The output may be removed with its containers. The previous check's lines are kept then.
    lastOutput: lines.length > 0 || serves ? lines : (before?.lastOutput ?? []),
    restored: [],
    tries: tries + (isTry ? 1 : 0),
    triedAt: isTry ? now : (before?.triedAt ?? null),
    problem,
    registryAt: null,
    at: now,
  });
}

const UNFINISHED = ["queued", "running", "undoing"];

/** Why the repair could not be requested; null when it was, or when the service has an unfinished deployment. */
async function repairNow({ id, name }: WantedService): Promise<ProblemData | null> {
  if ((await db.deployment.count({ where: { serviceId: id, state: { in: UNFINISHED } } })) > 0) return null;
  try {
    await requestRepair(name, SYSTEM, { trigger: "repair" });
    return null;
  } catch (error) {
    if (error instanceof Problem) return error.toData();
    log.warn({ err: error, service: name }, "the repair of a service could not be requested");
    return new Problem("internal").toData();
  }
}
