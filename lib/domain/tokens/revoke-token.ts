import { authorize } from "@/lib/contracts/authorize";
import { Problem } from "@/lib/contracts/problem";
import type { Actor, TokenView } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { transaction } from "@/lib/platform/db/client";
import { toTokenViews, WITH_OWNER } from "./token-store";

/** It ends at once and for ever; to revoke it again changes nothing. */
export function revokeToken(id: string, actor: Actor): Promise<TokenView> {
  return transaction(async (tx) => {
    const found = await tx.apiToken.findUnique({ where: { id }, include: WITH_OWNER });
    authorize(actor, "token:revoke", found && { ownerId: found.userId });
    if (!found) throw new Problem("not-found");
    const { count } = await tx.apiToken.updateMany({ where: { id, revokedAt: null }, data: { revokedAt: new Date() } });
    if (count > 0)
      await audit(tx, actor, "token.revoke", { type: "token", id, name: found.name }, { prefix: found.prefix });
    const row = await tx.apiToken.findUniqueOrThrow({ where: { id }, include: WITH_OWNER });
    const [view] = await toTokenViews([row], tx);
    return view ?? Promise.reject(new Problem("not-found"));
  });
}
