import { audit } from "@/lib/audit/audit";
import { authorize } from "@/lib/contracts/authorize";
import { Problem } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import { transaction } from "@/lib/db/client";
import { countServicesOn, countTemplatesFor, forgetTarget, lockTarget } from "./target-store";

/** Its name stays in the history of what was deployed there; how it was reached, and its keys, are forgotten. */
export async function removeTarget(name: string, actor: Actor): Promise<void> {
  authorize(actor, "target:write");
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
}
