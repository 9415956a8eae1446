import { Problem } from "@/lib/contracts/problem";
import { DeploymentSpec, DriverKind } from "@/lib/contracts/service";
import type { HealthAnswer } from "@/lib/contracts/uptime";
import { driverOf } from "@/lib/drivers/registry";
import { db } from "@/lib/platform/db/client";
import { log } from "@/lib/platform/log";
import { askLive } from "@/lib/services/running-service";
import { isReachableFromHere, withConnection } from "@/lib/targets/registry";
import { type TargetRow, toTargetRow } from "@/lib/targets/target-store";
import { claimDue, endOfNotLive, keepAnswer, targetsWithDue, type Watched } from "./health-store";

/** Requests of one target at the same time: each is mostly waiting. */
const AT_ONCE = 8;
/** A target that takes longer to answer counts as unreachable until the next request. */
const ROUND_MS = 45_000;

/**
 * Requests the health path of every live release that is due, from its host and at its public address. Several workers
 * may do so concurrently. A deployment is not disturbed: a service that one is changing is left out.
 */
export async function watchHealth(stopping: AbortSignal): Promise<void> {
  await endOfNotLive();
  const targets = await db.target.findMany({
    where: { id: { in: await targetsWithDue() }, disabledAt: null, deletedAt: null },
  });
  await Promise.all(targets.map((target) => watchTarget(toTargetRow(target), stopping)));
}

async function watchTarget(target: TargetRow, stopping: AbortSignal): Promise<void> {
  if (!(await isReachableFromHere(target))) return;
  const due = await claimDue(target.id);
  if (due.length === 0) return;
  const signal = AbortSignal.any([stopping, AbortSignal.timeout(ROUND_MS)]);
  const waiting = due.values();
  try {
    await withConnection(target, async (connection) => {
      await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          for (const service of waiting) await keepAnswer(service, await answerOf(service, connection, signal));
        }),
      );
    });
  } catch (error) {
    stopping.throwIfAborted();
    log.debug({ err: error, target: target.name }, "the health of a target's services is not known");
    for (const service of waiting) await keepAnswer(service, null);
  }
}

/** Null when the host does not answer, which says nothing about the service. */
async function answerOf(
  { spec, driver }: Watched,
  connection: Parameters<typeof askLive>[0],
  signal: AbortSignal,
): Promise<HealthAnswer | null> {
  const at = new Date().toISOString();
  const live = { ...DeploymentSpec.parse(spec), driver: driverOf(DriverKind.parse(driver)) };
  try {
    const answer = await askLive(connection, live, signal);
    if (!answer) return null;
    const { ok, status, ms, error } = answer;
    return { at, ok, status, durationMs: Math.round(ms * 10) / 10, error };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Problem)) throw error;
    if (error.code.endsWith("-lost") || error.code.endsWith("-unreachable")) return null;
    return { at, ok: false, status: null, durationMs: 0, error: error.code };
  }
}
