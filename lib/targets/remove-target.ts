import { audit } from "@/lib/audit/audit";
import { authorize } from "@/lib/contracts/authorize";
import { Problem } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import { transaction } from "@/lib/db/client";
import { countTargetUses, deleteTarget, lockTarget } from "./target-store";

/** Only a target nothing was ever deployed to can go: history says where things ran, and history is kept. Others are disabled. */
export async function removeTarget(name: string, actor: Actor): Promise<void> {
  authorize(actor, "target:write");
  await transaction(async (tx) => {
    const target = await lockTarget(tx, name);
    if (!target) throw new Problem("not-found");
    if (target.readOnly) throw new Problem("read-only", { params: { name } });
    const uses = await countTargetUses(tx, target.id);
    if (uses.services + uses.deployments > 0) throw new Problem("target-in-use", { params: { target: name, ...uses } });
    await deleteTarget(tx, target.id);
    await audit(tx, actor, "target.remove", { type: "target", id: target.id, name }, { kind: target.kind });
  });
}
