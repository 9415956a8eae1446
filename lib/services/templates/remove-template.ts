import { authorize } from "@/lib/contracts/authorize";
import { Problem } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { transaction } from "@/lib/platform/db/client";
import { countStacksOf, deleteTemplate, lockTemplate } from "./template-store";

/** Refused while stacks live by it: what they would be redeployed from would be gone. */
export async function removeTemplate(name: string, actor: Actor): Promise<void> {
  authorize(actor, "template:write");
  await transaction(async (tx) => {
    const template = await lockTemplate(tx, name);
    if (!template) throw new Problem("not-found");
    if (template.readOnly) throw new Problem("read-only", { params: { name } });
    const stacks = await countStacksOf(tx, template.id);
    if (stacks > 0) throw new Problem("template-in-use", { params: { name, stacks } });
    await deleteTemplate(tx, template.id);
    await audit(tx, actor, "template.remove", { type: "template", id: template.id, name });
  });
}
