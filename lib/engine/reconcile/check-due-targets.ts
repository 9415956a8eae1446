import { db } from "@/lib/platform/db/client";
import { log } from "@/lib/platform/log";
import { isReachableFromHere } from "@/lib/targets/place";
import { type TargetRow, toTargetRow } from "@/lib/targets/target-row";
import { checkTargetDrift } from "./check-target-drift";

/**
 * Checks every target that is due and can be reached from here, each by itself: one that is slow or gone keeps no other
 * waiting. Several workers may do so at once.
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
