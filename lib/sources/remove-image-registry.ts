import { authorize } from "@/lib/contracts/authorize";
import { Problem } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { transaction } from "@/lib/platform/db/client";

/** Images of it are pulled without signing in from then on; what was pulled before runs on. */
export function removeImageRegistry(id: string, actor: Actor): Promise<void> {
  authorize(actor, "image-registry:write");
  return transaction(async (tx) => {
    const found = await tx.imageRegistry.findUnique({ where: { id } });
    if (!found) throw new Problem("not-found");
    await tx.imageRegistry.delete({ where: { id } });
    const subject = { type: "image-registry", id, name: found.host };
    await audit(tx, actor, "image-registry.remove", subject, { username: found.username });
  });
}
