import { authorize } from "@/lib/contracts/authorize";
import { Problem } from "@/lib/contracts/problem";
import type { Actor, UnlinkedAccountView, UserView } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { db, transaction } from "@/lib/platform/db/client";
import { toUserView, withFactors } from "./user-store";

const SHOWN = 50;

/** Accounts of sign-in providers: an administrator links them to users, unless the provider proves the owner. */

export async function listUnlinkedAccounts(actor: Actor): Promise<UnlinkedAccountView[]> {
  authorize(actor, "user:write");
  const rows = await db.unlinkedAccount.findMany({ orderBy: { lastTriedAt: "desc" }, take: SHOWN });
  return rows.map((row) => ({ ...row, lastTriedAt: row.lastTriedAt.toISOString() }));
}

/** From now on, a sign-in with that account signs in this user. Throws not-found and account-linked. */
export async function linkAccount(userId: string, unlinkedAccountId: string, actor: Actor): Promise<UserView> {
  authorize(actor, "user:write");
  return transaction(async (tx) => {
    const [user, found] = await Promise.all([
      tx.user.findUnique({ where: { id: userId } }),
      tx.unlinkedAccount.findUnique({ where: { id: unlinkedAccountId } }),
    ]);
    if (!user || !found) throw new Problem("not-found");
    const { provider, providerAccountId } = found;
    const [made] = await tx.account.createManyAndReturn({
      data: { userId, provider, providerAccountId },
      skipDuplicates: true,
    });
    if (!made) throw new Problem("account-linked");
    await tx.unlinkedAccount.delete({ where: { id: unlinkedAccountId } });
    await audit(tx, actor, "user.link-account", { type: "user", id: userId, name: user.name }, { provider });
    return toUserView(await tx.user.findUniqueOrThrow({ where: { id: userId }, include: withFactors }));
  });
}

/** Ends the user's sessions too, because that account may have started one. */
export async function unlinkAccount(userId: string, accountId: string, actor: Actor): Promise<UserView> {
  authorize(actor, "user:write");
  return transaction(async (tx) => {
    const found = await tx.account.findFirst({ where: { id: accountId, userId }, include: { user: true } });
    if (!found) throw new Problem("not-found");
    await tx.account.delete({ where: { id: accountId } });
    await tx.session.deleteMany({ where: { userId, via: found.provider } });
    const { provider } = found;
    await audit(tx, actor, "user.unlink-account", { type: "user", id: userId, name: found.user.name }, { provider });
    return toUserView(await tx.user.findUniqueOrThrow({ where: { id: userId }, include: withFactors }));
  });
}
