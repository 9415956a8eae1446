import type { Actor } from "@/lib/contracts/user";
import type { Prisma, Tx } from "@/lib/platform/db/client";

/** The subject of an action. Its name is stored beside the id, so that the row stays readable after a removal. */
export interface AuditSubject {
  type: string;
  id: string | null;
  name?: string | null;
}

/**
 * Writes one row of the audit trail in the transaction of its change: both commit or neither. `details` describes the
 * change and never holds a secret's value.
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
