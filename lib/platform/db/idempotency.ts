import { Problem } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import type { Tx } from "./client";

export interface IdempotencyOptions {
  /** The value of the `Idempotency-Key` header. */
  idempotencyKey?: string;
  /** A hash of method, path and body: the same key with a different request is refused. */
  requestHash?: string;
}

/**
 * Creates something once per caller and key. The key's row and what was created commit in one transaction, and of two
 * concurrent requests the second waits at the row. Keys belong to people; Landfall itself has none.
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
