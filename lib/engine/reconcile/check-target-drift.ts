import { Problem, type ProblemData } from "@/lib/contracts/problem";
import type { HostPlace } from "@/lib/drivers/driver";
import { expireOldAssets, keepsAssets } from "@/lib/drivers/lifecycle/old-assets";
import { db } from "@/lib/platform/db/client";
import { log } from "@/lib/platform/log";
import { connect, isReachableFromHere, kindOf } from "@/lib/targets/registry";
import { type TargetRow, toTargetRow } from "@/lib/targets/target-store";
import { checkPlatform } from "./check-platform";
import { checkService } from "./check-service";
import { listWanted, type WantedService } from "./service-check-store";
import { type Lease, leaseTarget } from "./target-lease";

/** A host that takes longer counts as unreachable until the next check. */
const CHECK_MS = 120_000;
/** Services checked concurrently: each is mostly waiting. */
const AT_ONCE = 4;

/**
 * Checks every due target that is reachable from here, each independently: a slow or missing target does not delay the
 * others. Several workers may do so concurrently.
 */
export async function checkDueTargets(stopping: AbortSignal): Promise<void> {
  await Promise.all((await listDue()).map((target) => check(target, stopping)));
}

async function check(target: TargetRow, stopping: AbortSignal): Promise<void> {
  try {
    if (await isReachableFromHere(target)) await checkTargetDrift(target, { stopping });
  } catch (error) {
    log.error({ err: error, target: target.name }, "a target could not be checked; it is tried again soon");
  }
}

async function listDue(): Promise<TargetRow[]> {
  const now = new Date();
  const rows = await db.target.findMany({
    where: {
      disabledAt: null,
      deletedAt: null,
      OR: [
        { driftCheck: null },
        { driftCheck: { dueAt: { lte: now }, OR: [{ heldUntil: null }, { heldUntil: { lt: now } }] } },
      ],
    },
  });
  return rows.map(toTargetRow);
}

/** How often a target is checked without a request. */
export function checkEveryMs(target: { kind: string }): number {
  return kindOf(target).compareEveryMs;
}

/** Compares a target's actual state with its desired state, if the target is due and no other worker has its lease. */
export async function checkTargetDrift(
  target: TargetRow,
  options: { stopping: AbortSignal; isFirst?: boolean },
): Promise<void> {
  const lease = await leaseTarget(target.id, options);
  if (!lease) return;
  let ended: Parameters<Lease["release"]>[0] = null;
  try {
    const problem = await compareInTime(target, lease);
    if (lease.signal.aborted) return;
    if (problem) await keepAllUnknown(target.id, problem);
    ended = { problem, nextInMs: checkEveryMs(target) };
  } finally {
    await lease.release(ended);
  }
}

/** Why the host did not answer; null when it did. */
async function compareInTime(target: TargetRow, lease: Lease): Promise<ProblemData | null> {
  const deadline = AbortSignal.timeout(CHECK_MS);
  try {
    await compareAll(target, { ...lease, signal: AbortSignal.any([lease.signal, deadline]) });
    return null;
  } catch (error) {
    return deadline.aborted ? tooSlow(target) : problemOf(target, error);
  }
}

/** Rejects when the host does not answer. */
async function compareAll(target: TargetRow, lease: Lease): Promise<void> {
  const services = await listWanted(target.id);
  if (services.length === 0) return;
  await within(lease.signal, async () => {
    const connection = await connect(target);
    try {
      await connection.ping();
      const { access, host } = connection;
      if (!host) return await checkPlatform(access, services, lease, { repair: kindOf(target).repairs(target) });
      const waiting = services.values();
      await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          for (const service of waiting) {
            lease.signal.throwIfAborted();
            await checkService(host, service, lease);
          }
        }),
      );
      await expireAssets(target, host, services, lease.signal);
    } finally {
      await connection.close();
    }
  });
}

const expiredAtMs = new Map<string, number>();
const EXPIRE_EVERY_MS = 60 * 60_000;

/** A redeploy removes old assets as well, but a service may not have one for a long time. */
async function expireAssets(
  { id, name }: TargetRow,
  place: HostPlace,
  services: readonly WantedService[],
  signal: AbortSignal,
): Promise<void> {
  if (performance.now() - (expiredAtMs.get(id) ?? Number.NEGATIVE_INFINITY) < EXPIRE_EVERY_MS) return;
  try {
    if (!services.some(({ release }) => keepsAssets(release.spec))) return;
    expiredAtMs.set(id, performance.now());
    await expireOldAssets(place, signal);
  } catch (error) {
    signal.throwIfAborted();
    log.warn({ err: error, target: name }, "old assets could not be removed; it is tried again in an hour");
  }
}

/** Does not wait for work that ignores the signal, as on a host that hangs. That work notices at its next step. */
function within<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    work().then(resolve, reject);
  });
}

function tooSlow({ name }: TargetRow): ProblemData {
  const detail = `it did not answer in ${CHECK_MS / 1_000} s`;
  return new Problem("host-unreachable", { params: { target: name }, detail }).toData();
}

function problemOf(target: TargetRow, error: unknown): ProblemData {
  if (error instanceof Problem) return error.toData();
  log.warn({ err: error, target: target.name }, "a target could not be compared");
  return new Problem("internal", { detail: error instanceof Error ? error.message : String(error) }).toData();
}

async function keepAllUnknown(targetId: string, problem: ProblemData): Promise<void> {
  await db.serviceCheck.updateMany({
    where: { service: { targetId, deletedAt: null }, condition: { not: "unknown" } },
    data: { condition: "unknown", since: new Date(), problem },
  });
}
