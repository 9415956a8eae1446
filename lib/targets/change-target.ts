import { audit } from "@/lib/audit/audit";
import { authorize } from "@/lib/contracts/authorize";
import { Problem } from "@/lib/contracts/problem";
import type { TargetChange, TargetView } from "@/lib/contracts/target";
import type { Actor } from "@/lib/contracts/user";
import { transaction } from "@/lib/db/client";
import { findTarget, lockTarget, type TargetRow, updateTarget } from "./target-store";

/**
 * How many deployments may run there at once, and whether any may. Both are allowed on read-only rows too: what the
 * environment names is how a target is reached, not whether it is resting today.
 */
export async function changeTarget(name: string, change: TargetChange, actor: Actor): Promise<TargetView> {
  authorize(actor, "target:write");
  await transaction(async (tx) => {
    const target = await lockTarget(tx, name);
    if (!target) throw new Problem("not-found");
    const columns = columnsOf(change, target);
    if (Object.keys(columns).length === 0) return;
    await updateTarget(tx, target.id, columns);
    await audit(tx, actor, "target.change", { type: "target", id: target.id, name }, { ...change });
  });
  const changed = await findTarget(name);
  if (!changed) throw new Problem("not-found");
  return changed;
}

function columnsOf({ concurrency, disabled }: TargetChange, target: TargetRow) {
  const isDisabled = target.disabledAt !== null;
  return {
    ...(concurrency !== undefined && concurrency !== target.concurrency && { concurrency }),
    ...(disabled !== undefined && disabled !== isDisabled && { disabledAt: disabled ? new Date() : null }),
  };
}
