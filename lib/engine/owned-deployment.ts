import { authorize } from "@/lib/contracts/authorize";
import type { Action } from "@/lib/contracts/permission";
import type { Actor } from "@/lib/contracts/user";
import { db, type Tx } from "@/lib/platform/db/client";

/** A deployment belongs to who owns its service. Throws not-found or forbidden as authorize() does. */
export async function ownedDeployment(tx: Tx, id: string, actor: Actor, action: Action) {
  const found = await tx.deployment.findUnique({
    where: { id },
    include: { service: { include: { owner: { select: { role: true } } } }, target: true },
  });
  return authorize(
    actor,
    action,
    found && { ...found, ownerId: found.service.ownerId, targetId: found.service.targetId },
  );
}

/** Whether `actor` may still follow it: throws as above. */
export async function checkFollower(id: string, actor: Actor): Promise<void> {
  await ownedDeployment(db, id, actor, "deployment:read");
}
