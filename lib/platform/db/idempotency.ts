import { Problem } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import type { Tx } from "./client";

export interface IdempotencyOptions {
  /** What the caller sent as `Idempotency-Key`. */
  idempotencyKey?: string;
  /** Of method, path and body: the same key with another request is refused. */
  requestHash?: string;
}

/**
 * Makes something once per caller and key, in the transaction that makes it: the key's row and what was made commit
 * together, and two requests that race wait for each other at the row. Keys belong to people; Landfall itself has none.
 */
export async function once(
  tx: Tx,
  actor: Actor,
  options: IdempotencyOptions | undefined,
  make: () => Promise<{ subjectId: string }>,
): Promise<{ subjectId: string; repeated: boolean }> {
  const key = options?.idempotencyKey;
  if (key === undefined || actor.id === null) return { ...(await make()), repeated: false };

  const requestHash = options?.requestHash ?? "";
  const where = { userId_key: { userId: actor.id, key } };
  const taken = await tx.idempotencyKey.createMany({
    data: { userId: actor.id, key, requestHash, subjectId: "" },
    skipDuplicates: true,
  });
  if (taken.count === 0) {
    const earlier = await tx.idempotencyKey.findUniqueOrThrow({ where });
    if (earlier.requestHash !== requestHash) throw new Problem("idempotency-key-reused", { params: { key } });
    return { subjectId: earlier.subjectId, repeated: true };
  }
  const made = await make();
  await tx.idempotencyKey.update({ where, data: { subjectId: made.subjectId } });
  return { ...made, repeated: false };
}
