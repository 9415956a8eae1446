import { randomUUID } from "node:crypto";
import type { ProblemData } from "@/lib/contracts/problem";
import { db, transaction } from "@/lib/platform/db/client";
import { log } from "@/lib/platform/log";
import { publish } from "@/lib/platform/outbox/outbox";

/** Without a renewal for this long the worker counts as dead, and another one may take the lease. */
const LEASE_MS = 20_000;
const RENEW_EVERY_MS = 5_000;

/** The right to check a target and repair its services. One worker has it at a time. */
export interface Lease {
  id: string;
  targetId: string;
  /** When a person requested this check; null when no one did. */
  requestedAt: Date | null;
  /** The worker has just started, and this is its first check. */
  isFirst: boolean;
  /** Aborts when another worker has taken the lease, or with `stopping`. */
  signal: AbortSignal;
  /** Stores the result and when the next check is due; null when no check took place. */
  release(ended: { problem: ProblemData | null; nextInMs: number } | null): Promise<void>;
}

/**
 * Null when the target is not due (it always is for a worker's first check), or another worker has the lease. Times are
 * the database's, so that the clocks of machines do not matter.
 */
export async function leaseTarget(
  targetId: string,
  { stopping, isFirst = false }: { stopping: AbortSignal; isFirst?: boolean },
): Promise<Lease | null> {
  const id = randomUUID();
  const [taken] = await db.$queryRaw<{ requested_at: Date | null }[]>`
    INSERT INTO drift_check AS c (target_id, held_by, held_until)
    VALUES (${targetId}::uuid, ${id}, now() + ${LEASE_MS}::int * interval '1 millisecond')
    ON CONFLICT (target_id) DO UPDATE SET held_by = excluded.held_by, held_until = excluded.held_until
    WHERE (${isFirst} OR c.due_at <= now()) AND (c.held_until IS NULL OR c.held_until < now())
    RETURNING requested_at`;
  if (!taken) return null;
  const requestedAt = taken.requested_at;
  const lost = new AbortController();
  const timer = setInterval(() => void renew(targetId, id, lost), RENEW_EVERY_MS);
  return {
    id,
    targetId,
    requestedAt,
    isFirst,
    signal: AbortSignal.any([stopping, lost.signal]),
    async release(ended) {
      clearInterval(timer);
      await end({ targetId, id, requestedAt }, ended);
    },
  };
}

async function renew(targetId: string, id: string, lost: AbortController): Promise<void> {
  try {
    const count = await db.$executeRaw`
      UPDATE drift_check SET held_until = now() + ${LEASE_MS}::int * interval '1 millisecond'
      WHERE target_id = ${targetId}::uuid AND held_by = ${id}`;
    if (count === 0) lost.abort(new Error("another worker compares this target now"));
  } catch (error) {
    log.warn({ err: error, targetId }, "the lease of a target could not be renewed; it is tried again soon");
  }
}

/** A check that was requested meanwhile is due immediately. */
async function end(
  { targetId, id, requestedAt }: Pick<Lease, "targetId" | "id" | "requestedAt">,
  ended: Parameters<Lease["release"]>[0],
): Promise<void> {
  if (ended === null) {
    await db.driftCheck.updateMany({ where: { targetId, heldBy: id }, data: { heldBy: null, heldUntil: null } });
    return;
  }
  const problem = ended.problem === null ? null : JSON.stringify(ended.problem);
  await transaction(async (tx) => {
    const [before] = await tx.$queryRaw<{ problem: unknown }[]>`
      UPDATE drift_check AS c SET held_by = NULL, held_until = NULL, checked_at = now(), problem = ${problem}::jsonb,
        due_at = CASE WHEN c.requested_at IS DISTINCT FROM ${requestedAt}::timestamptz(3) THEN now()
          ELSE now() + ${ended.nextInMs}::int * interval '1 millisecond' END,
        requested_at = CASE WHEN c.requested_at IS DISTINCT FROM ${requestedAt}::timestamptz(3) THEN c.requested_at END
      FROM (SELECT target_id, problem FROM drift_check WHERE target_id = ${targetId}::uuid AND held_by = ${id} FOR UPDATE) AS before
      WHERE c.target_id = before.target_id
      RETURNING before.problem`;
    if (!before) return;
    if (ended.problem && !before.problem)
      await publish(tx, { type: "target.unreachable", targetId, problem: ended.problem });
    if (!ended.problem && before.problem) await publish(tx, { type: "target.reachable", targetId });
  });
}
