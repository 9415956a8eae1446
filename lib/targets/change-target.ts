import { isDeepStrictEqual } from "node:util";
import { authorize } from "@/lib/contracts/authorize";
import { fieldProblem, Problem } from "@/lib/contracts/problem";
import type { TargetChange, TargetView } from "@/lib/contracts/target";
import type { Actor } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { type Prisma, type Tx, transaction } from "@/lib/platform/db/client";
import { changeGrantsIn } from "./change-grants";
import { refreshTargetCheck } from "./check-target";
import { changedReach, type ReachChange, reachFields } from "./reach-change";
import type { TargetRow } from "./target-row";
import { findTargetRow, findTargetView, lockTarget, lockTargetList, updateTarget } from "./target-store";

/**
 * How many deployments may run there at once, whether any may and who may deploy can be changed on every target. How it is reached is
 * the environment's to say on read-only rows, but for one thing: that its host key is the right one.
 */
export async function changeTarget(name: string, change: TargetChange, actor: Actor): Promise<TargetView> {
  authorize(actor, "target:write");
  const target = await findTargetRow(name);
  if (!target) throw new Problem("not-found");
  const reach = reachFields(change).length > 0 ? await changedReach(target, change) : null;
  const isDone = await transaction((tx) => changeIn(tx, target, change, reach, actor));
  // Somebody changed how it is reached while its key was asked for: begin again from what it is now.
  if (!isDone) return changeTarget(name, change, actor);
  if (reach) await refreshTargetCheck(change.name ?? name);
  const changed = await findTargetView(target.id, actor);
  if (!changed) throw new Problem("not-found");
  return changed;
}

async function changeIn(
  tx: Tx,
  seen: TargetRow,
  change: TargetChange,
  reach: ReachChange | null,
  actor: Actor,
): Promise<boolean> {
  if (change.name !== undefined && change.name !== seen.name) await refuseName(tx, seen, change.name);
  const target = await lockTarget(tx, seen.name);
  if (!target) throw new Problem("not-found");
  if (reach && !isReachedAlike(target, seen)) return false;
  await reach?.refuse?.(tx, target);
  if (change.disabled === false) refuseGone(target);
  if (change.grants) await changeGrantsIn(tx, target, change.grants, actor);
  const columns = { ...columnsOf(change, target), ...reach?.columns };
  const details = { ...detailsOf(change, target), ...reach?.details };
  if (Object.keys(columns).length === 0) return true;
  await updateTarget(tx, target.id, columns);
  if (Object.keys(details).length > 0)
    await audit(tx, actor, "target.change", { type: "target", id: target.id, name: target.name }, details);
  return true;
}

async function refuseName(tx: Tx, { name, readOnly }: TargetRow, wanted: string): Promise<void> {
  if (readOnly) throw new Problem("read-only", { params: { name } });
  const targets = await lockTargetList(tx);
  if (targets.some((target) => target.name === wanted)) throw fieldProblem(["name"], "name-taken", { name: wanted });
}

/** What the environment does not name any more cannot be reached, so it takes nothing. */
function refuseGone({ name, settings }: TargetRow): void {
  if (typeof settings.goneAt === "string") throw new Problem("read-only", { params: { name } });
}

function isReachedAlike(a: TargetRow, b: TargetRow): boolean {
  const reachOf = ({ settings, hostKey, sealedSecrets }: TargetRow) => ({ settings, hostKey, sealedSecrets });
  return isDeepStrictEqual(reachOf(a), reachOf(b));
}

function columnsOf({ name, concurrency, disabled }: TargetChange, target: TargetRow) {
  const isDisabled = target.disabledAt !== null;
  return {
    ...(name !== undefined && name !== target.name && { name }),
    ...(concurrency !== undefined && concurrency !== target.concurrency && { concurrency }),
    ...(disabled !== undefined && disabled !== isDisabled && { disabledAt: disabled ? new Date() : null }),
  };
}

function detailsOf(change: TargetChange, target: TargetRow): Prisma.InputJsonObject {
  const { disabledAt, ...columns } = columnsOf(change, target);
  return { ...columns, ...(disabledAt !== undefined && { disabled: disabledAt !== null }) };
}
