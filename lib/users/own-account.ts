import { audit } from "@/lib/audit/audit";
import { authorize } from "@/lib/contracts/authorize";
import { Problem } from "@/lib/contracts/problem";
import { type AccountChange, AccountView, type Actor, Role } from "@/lib/contracts/user";
import { db, type Prisma, transaction } from "@/lib/db/client";

/** Throws not-found for Landfall itself, which is nobody. */
export async function getOwnAccount(actor: Actor): Promise<AccountView> {
  authorize(actor, "account:read", { ownerId: actor.id });
  const row = actor.id === null ? null : await db.user.findUnique({ where: { id: actor.id } });
  if (!row) throw new Problem("not-found");
  return toAccountView(row);
}

/** What is chosen here holds on every browser on which nothing else was chosen. */
export async function changeOwnAccount({ locale }: AccountChange, actor: Actor): Promise<AccountView> {
  authorize(actor, "account:update", { ownerId: actor.id });
  const before = await getOwnAccount(actor);
  if (before.locale === locale) return before;
  return transaction(async (tx) => {
    const row = await tx.user.update({ where: { id: before.id }, data: { locale } });
    await audit(tx, actor, "user.change", { type: "user", id: row.id, name: row.name }, { changed: ["locale"] });
    return toAccountView(row);
  });
}

function toAccountView({ id, email, name, role, locale }: Prisma.UserGetPayload<object>): AccountView {
  return { id, email, name, role: Role.parse(role), locale: AccountView.shape.locale.catch(null).parse(locale) };
}
