import type { Restored } from "@/lib/contracts/drift";
import { Problem, type ProblemData } from "@/lib/contracts/problem";
import type { HostPlace, Upkeep } from "@/lib/drivers/driver";
import { readEnvironment } from "@/lib/engine/phase-context";
import { db, transaction } from "@/lib/platform/db/client";
import { log } from "@/lib/platform/log";
import { createMask, type Mask } from "@/lib/platform/secrets/mask";
import { isMoving, type WantedService } from "./service-check-store";
import type { Lease } from "./target-lease";

/** The limit for one service; the target's other services wait meanwhile. */
const RESTORE_MS = 60_000;

export interface Attempt {
  restored: Restored[];
  /** Why the restore failed. */
  problem: ProblemData | null;
}

/**
 * Restores what the host lost of a service. No deployment of the service begins meanwhile; null when one has begun
 * already. Rejects when the host is unreachable.
 */
export async function restoreService(
  upkeep: Upkeep,
  place: HostPlace,
  service: WantedService,
  lease: Lease,
): Promise<Attempt | null> {
  if (!(await begin(service, lease))) return null;
  const { name, isConfined, release } = service;
  const environment = await readEnvironment(release.spec);
  const mask = createMask(Object.values(environment));
  try {
    const restored = await upkeep.restore({
      ...place,
      serviceName: name,
      deploymentId: release.deploymentId,
      spec: release.spec,
      isConfined,
      release,
      environment,
      signal: AbortSignal.any([lease.signal, AbortSignal.timeout(RESTORE_MS)]),
      log: (line) => {
        log.info({ service: name, line: mask(line) }, "restoring a service");
        return 0;
      },
    });
    return { restored, problem: null };
  } catch (error) {
    lease.signal.throwIfAborted();
    return { restored: [], problem: masked(causeOf(error), mask) };
  } finally {
    await db.serviceCheck.updateMany({ where: { serviceId: service.id }, data: { restoringBy: null } });
  }
}

/** Locks the target's row, as a claim of a deployment does, so that only one of the two begins. */
function begin({ id, release }: WantedService, lease: Lease): Promise<boolean> {
  return transaction(async (tx) => {
    await tx.$queryRaw`SELECT id FROM target WHERE id = ${lease.targetId}::uuid FOR UPDATE`;
    if (await isMoving(tx, id)) return false;
    const now = new Date();
    await tx.serviceCheck.upsert({
      where: { serviceId: id },
      create: {
        serviceId: id,
        releaseId: release.id,
        condition: "unknown",
        since: now,
        checkedAt: now,
        restoringBy: lease.id,
      },
      update: { restoringBy: lease.id },
    });
    return true;
  });
}

/** Rethrows the error of an unreachable host: it is not the service's fault. */
function causeOf(error: unknown): ProblemData {
  return new Problem("restore-failed", { detail: reasonOf(error) }).toData();
}

function reasonOf(error: unknown): string {
  if (error instanceof Problem && error.code !== "host-unreachable" && error.code !== "host-lost")
    return error.detail ?? error.code;
  if (error instanceof Error && error.name === "TimeoutError") return `it took longer than ${RESTORE_MS / 1_000} s`;
  throw error;
}

function masked({ detail, ...problem }: ProblemData, mask: Mask): ProblemData {
  return { ...problem, ...(detail !== undefined && { detail: mask(detail) }) };
}
