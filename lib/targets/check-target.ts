import { authorize } from "@/lib/contracts/authorize";
import { Problem } from "@/lib/contracts/problem";
import type { TargetView } from "@/lib/contracts/target";
import type { Actor } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { transaction } from "@/lib/platform/db/client";
import { CHECK_EVERY_MS } from "./check-interval";
import { lookAtTarget } from "./look-at-target";
import type { TargetRow } from "./target-row";
import { claimServersToCheck, findTarget, findTargetRow, saveTargetCheck } from "./target-store";

/** Looked at together: each is mostly waiting. */
const AT_ONCE = 8;

/** Looks at the target now and keeps what was seen. */
export async function checkTarget(name: string, actor: Actor): Promise<TargetView> {
  authorize(actor, "target:write");
  const target = await findTargetRow(name);
  if (!target) throw new Problem("not-found");
  const check = await lookAtTarget(target);
  await transaction(async (tx) => {
    await saveTargetCheck(tx, target, check);
    await audit(tx, actor, "target.check", { type: "target", id: target.id, name }, { ok: check.ok });
  });
  const checked = await findTarget(name, actor);
  if (!checked) throw new Problem("not-found");
  return checked;
}

/** The same look without a person who asked for it, so without an audit row: what a worker does of its own machine. */
export async function refreshTargetCheck(name: string): Promise<void> {
  const target = await findTargetRow(name);
  if (target) await refresh(target);
}

/** Looks at every server that is due. Several workers may do so at once: each server is looked at by one. */
export async function checkServersThatAreDue(stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    const due = await claimServersToCheck(new Date(Date.now() - CHECK_EVERY_MS), AT_ONCE);
    if (due.length === 0) return;
    await Promise.all(due.map(refresh));
  }
}

async function refresh(target: TargetRow): Promise<void> {
  const check = await lookAtTarget(target);
  await transaction((tx) => saveTargetCheck(tx, target, check));
}
