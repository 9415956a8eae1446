import type { Actor } from "@/lib/contracts/user";
import type { Prisma, Tx } from "@/lib/platform/db/client";

/** What was acted upon. The name is kept beside the id, so that the trail reads after the thing is gone. */
export interface AuditSubject {
  type: string;
  id: string | null;
  name?: string | null;
}

/**
 * One row of the audit trail, in the transaction of the change it tells of: either both are there or neither.
 * `details` says what changed, never a secret's value.
 */
export async function audit(
  tx: Tx,
  actor: Actor,
  action: string,
  subject: AuditSubject,
  details: Prisma.InputJsonObject = {},
): Promise<void> {
  await tx.auditEvent.create({
    data: {
      actorId: actor.id,
      actorName: actor.name,
      tokenId: actor.tokenId ?? null,
      action,
      subjectType: subject.type,
      subjectId: subject.id,
      subjectName: subject.name ?? null,
      details,
      ip: actor.ip ?? null,
      requestId: actor.requestId ?? null,
    },
  });
}
