import { authorize } from "@/lib/contracts/authorize";
import type { TargetDrift } from "@/lib/contracts/drift";
import { Problem } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { transaction } from "@/lib/platform/db/client";
import { lockTarget } from "@/lib/targets/target-store";
import { readTargetDrift } from "./read-target-drift";

/**
 * Makes a target due now: a worker that reaches it compares within seconds, and tries once more what it had given up.
 * Throws not-found or target-disabled.
 */
export async function requestDriftCheck(targetName: string, actor: Actor): Promise<TargetDrift> {
  authorize(actor, "target:write");
  await transaction(async (tx) => {
    const target = await lockTarget(tx, targetName);
    if (!target) throw new Problem("not-found");
    if (target.disabledAt) throw new Problem("target-disabled", { params: { target: targetName } });
    const now = new Date();
    const asked = { requestedAt: now, dueAt: now };
    const where = { targetId: target.id };
    await tx.driftCheck.upsert({ where, create: { ...where, ...asked }, update: asked });
    await audit(tx, actor, "target.compare", { type: "target", id: target.id, name: targetName });
  });
  return readTargetDrift(targetName, actor);
}
