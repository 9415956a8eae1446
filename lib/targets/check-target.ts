import { audit } from "@/lib/audit/audit";
import { authorize } from "@/lib/contracts/authorize";
import { Problem } from "@/lib/contracts/problem";
import type { TargetCheck, TargetView } from "@/lib/contracts/target";
import type { Actor } from "@/lib/contracts/user";
import { transaction } from "@/lib/db/client";
import type { HostPlace } from "@/lib/drivers/driver";
import { hostPlaceOf } from "./host-place";
import { probeHost } from "./probe-host";
import { findTarget, findTargetRow, saveTargetCheck, type TargetRow } from "./target-store";

/** Looks at the host now and keeps what was seen; a host that does not answer is a result, not an error. */
export async function checkTarget(name: string, actor: Actor): Promise<TargetView> {
  authorize(actor, "target:write");
  const target = await findTargetRow(name);
  if (!target) throw new Problem("not-found");
  const check = await lookAt(target);
  await transaction(async (tx) => {
    await saveTargetCheck(tx, target.id, check);
    await audit(tx, actor, "target.check", { type: "target", id: target.id, name }, { ok: check.ok });
  });
  const checked = await findTarget(name);
  if (!checked) throw new Problem("not-found");
  return checked;
}

/** The same look without a person who asked for it, so without an audit row: what a worker does of its own machine. */
export async function refreshTargetCheck(name: string): Promise<void> {
  const target = await findTargetRow(name);
  if (!target) return;
  const check = await lookAt(target);
  await transaction((tx) => saveTargetCheck(tx, target.id, check));
}

async function lookAt(target: TargetRow): Promise<TargetCheck> {
  let place: HostPlace | undefined;
  try {
    place = await hostPlaceOf(target);
    return await probeHost(place);
  } catch (error) {
    return { ok: false, tools: {}, diskFreeBytes: null, memoryFreeBytes: null, problem: causeOf(error) };
  } finally {
    await place?.host.close();
  }
}

function causeOf(error: unknown): string {
  if (error instanceof Problem) return error.detail ?? error.code;
  return error instanceof Error ? error.message : String(error);
}
