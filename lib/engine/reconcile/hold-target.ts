import { randomUUID } from "node:crypto";
import type { ProblemData } from "@/lib/contracts/problem";
import { db } from "@/lib/platform/db/client";
import { log } from "@/lib/platform/log";

/** A worker that says nothing for so long is dead, and another one may compare. */
const HELD_MS = 20_000;
const BEAT_MS = 5_000;

/** A target's check, held by one worker. */
export interface Hold {
  id: string;
  targetId: string;
  /** When a person asked for this check; null when nobody did. */
  requestedAt: Date | null;
  /** It is the first one of a worker that has just started. */
  isFirst: boolean;
  /** Aborts when somebody else has it, or `stopping` did. */
  signal: AbortSignal;
  /** Writes down how it ended and when the next one is due; null for one that did not take place. */
  release(ended: { problem: ProblemData | null; nextInMs: number } | null): Promise<void>;
}

/** Null when it is not due (the first one of a worker always is), or somebody else has it. Times are the database's, whatever a machine's clock says. */
export async function holdTarget(
  targetId: string,
  { stopping, isFirst = false }: { stopping: AbortSignal; isFirst?: boolean },
): Promise<Hold | null> {
  const id = randomUUID();
  const [held] = await db.$queryRaw<{ requested_at: Date | null }[]>`
    INSERT INTO drift_check AS c (target_id, held_by, held_until)
    VALUES (${targetId}::uuid, ${id}, now() + ${HELD_MS}::int * interval '1 millisecond')
    ON CONFLICT (target_id) DO UPDATE SET held_by = excluded.held_by, held_until = excluded.held_until
    WHERE (${isFirst} OR c.due_at <= now()) AND (c.held_until IS NULL OR c.held_until < now())
    RETURNING requested_at`;
  if (!held) return null;
  const requestedAt = held.requested_at;
  const lost = new AbortController();
  const timer = setInterval(() => void beat(targetId, id, lost), BEAT_MS);
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

async function beat(targetId: string, id: string, lost: AbortController): Promise<void> {
  try {
    const count = await db.$executeRaw`
      UPDATE drift_check SET held_until = now() + ${HELD_MS}::int * interval '1 millisecond'
      WHERE target_id = ${targetId}::uuid AND held_by = ${id}`;
    if (count === 0) lost.abort(new Error("another worker compares this target now"));
  } catch (error) {
    log.warn({ err: error, targetId }, "a worker could not say that it still compares; it is asked again soon");
  }
}

/** What somebody asked for meanwhile is due at once. */
async function end(
  { targetId, id, requestedAt }: Pick<Hold, "targetId" | "id" | "requestedAt">,
  ended: Parameters<Hold["release"]>[0],
): Promise<void> {
  if (ended === null) {
    await db.driftCheck.updateMany({ where: { targetId, heldBy: id }, data: { heldBy: null, heldUntil: null } });
    return;
  }
  const problem = ended.problem === null ? null : JSON.stringify(ended.problem);
  await db.$executeRaw`
    UPDATE drift_check SET held_by = NULL, held_until = NULL, checked_at = now(), problem = ${problem}::jsonb,
      due_at = CASE WHEN requested_at IS DISTINCT FROM ${requestedAt}::timestamptz(3) THEN now()
        ELSE now() + ${ended.nextInMs}::int * interval '1 millisecond' END,
      requested_at = CASE WHEN requested_at IS DISTINCT FROM ${requestedAt}::timestamptz(3) THEN requested_at END
    WHERE target_id = ${targetId}::uuid AND held_by = ${id}`;
}
