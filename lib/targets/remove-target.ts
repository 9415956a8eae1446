import { authorize } from "@/lib/contracts/authorize";
import { Problem, type ProblemData } from "@/lib/contracts/problem";
import type { TargetRemoved } from "@/lib/contracts/target";
import type { Actor } from "@/lib/contracts/user";
import { clearHost } from "@/lib/drivers/inventory/owned-things";
import { audit } from "@/lib/platform/audit/audit";
import { transaction } from "@/lib/platform/db/client";
import { log } from "@/lib/platform/log";
import { patience } from "./patience";
import { closePlace, isHostPlace, placeOf } from "./place";
import {
  countServicesOn,
  countTemplatesFor,
  findTargetRow,
  forgetTarget,
  lockTarget,
  type TargetRow,
} from "./target-store";

/**
 * Its name stays in the history of what was deployed there; how it was reached, and its keys, are forgotten. What its
 * services shared on the server goes as well, where the server can be asked and nobody else has anything in the folder;
 * answers why not otherwise: a server that is gone must not keep its target.
 */
export async function removeTarget(name: string, actor: Actor): Promise<TargetRemoved> {
  authorize(actor, "target:write");
  const known = await findTargetRow(name);
  await transaction(async (tx) => {
    const target = await lockTarget(tx, name);
    if (!target) throw new Problem("not-found");
    if (target.readOnly) throw new Problem("read-only", { params: { name } });
    const services = await countServicesOn(tx, target.id);
    if (services > 0) throw new Problem("target-in-use", { params: { target: name, services } });
    const templates = await countTemplatesFor(tx, target.id);
    if (templates > 0) throw new Problem("target-in-use", { params: { target: name, services, templates } });
    await forgetTarget(tx, target.id);
    await audit(tx, actor, "target.remove", { type: "target", id: target.id, name }, { kind: target.kind });
  });
  return { left: known ? await clear(known) : null };
}

/** Somebody waits for the answer; a server that is silent is told to them. */
const CLEAR_MS = 30_000;

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
}

async function clear(target: TargetRow): Promise<ProblemData | null> {
  try {
    const place = await placeOf(target);
    if (!isHostPlace(place)) return null;
    const asked = clearHost(place).finally(() => closePlace(place));
    await Promise.race([asked, untilAborted(patience(CLEAR_MS))]);
    return null;
  } catch (error) {
    log.warn({ err: error, target: target.name }, "what the services of a removed target shared is still on it");
    return (error instanceof Problem ? error : new Problem("internal", { cause: error })).toData();
  }
}
