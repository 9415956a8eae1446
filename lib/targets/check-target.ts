import { authorize } from "@/lib/contracts/authorize";
import { Problem } from "@/lib/contracts/problem";
import type { HostKeyRequest, HostKeyView } from "@/lib/contracts/ssh";
import type { TargetCheck, TargetTest, TargetView } from "@/lib/contracts/target";
import type { Actor } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { transaction } from "@/lib/platform/db/client";
import type { TargetRow } from "./kind";
import { kindOf } from "./registry";
import { claimServersToCheck, findSshTarget, findTarget, findTargetRow, saveTargetCheck } from "./target-store";

/** Targets are checked at a person's request and at intervals; a draft is tested before it is stored. */

/** How often servers are checked without a request. */
export const CHECK_EVERY_MS = 5 * 60_000;
/** Servers checked concurrently: each is mostly waiting. */
const AT_ONCE = 8;

/** Checks the target now and stores the result. */
export async function checkTarget(name: string, actor: Actor): Promise<TargetView> {
  authorize(actor, "target:write");
  const target = await findTargetRow(name);
  if (!target) throw new Problem("not-found");
  const check = await kindOf(target).check(target);
  await transaction(async (tx) => {
    await saveTargetCheck(tx, target, check);
    await audit(tx, actor, "target.check", { type: "target", id: target.id, name }, { ok: check.ok });
  });
  const checked = await findTarget(name, actor);
  if (!checked) throw new Problem("not-found");
  return checked;
}

/** The same check without a person who requested it, and so without an audit row. */
export async function refreshTargetCheck(name: string): Promise<void> {
  const target = await findTargetRow(name);
  if (target) await refresh(target);
}

/** Checks every server that is due. Several workers may do so concurrently: each server is checked by one of them. */
export async function checkServersThatAreDue(stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    const due = await claimServersToCheck(new Date(Date.now() - CHECK_EVERY_MS), AT_ONCE);
    if (due.length === 0) return;
    await Promise.all(due.map(refresh));
  }
}

async function refresh(target: TargetRow): Promise<void> {
  const check = await kindOf(target).check(target);
  await transaction((tx) => saveTargetCheck(tx, target, check));
}

/** Checks a target that is not stored, or not stored like this. Wrong keys are an error; everything else is a result. */
export async function testTarget(draft: TargetTest, actor: Actor): Promise<TargetCheck> {
  authorize(actor, "target:write");
  const known = draft.target === undefined ? null : await findTargetRow(draft.target);
  const { description } = kindOf(draft);
  if (!description || (draft.target !== undefined && known?.kind !== draft.kind)) throw new Problem("not-found");
  return description.test(draft, known);
}

/** The host key that a server shows now, for a person to compare. Nothing is sent to the server but the request for the key. */
export async function showHostKey(request: HostKeyRequest, actor: Actor): Promise<HostKeyView> {
  authorize(actor, "target:write");
  const known = request.target === undefined ? null : await findSshTarget(request.target);
  if (request.target !== undefined && !known) throw new Problem("not-found");
  const { readShownKey } = await import("./ssh/login");
  return readShownKey(request, known);
}
