import { audit } from "@/lib/audit/audit";
import { Role } from "@/lib/contracts/user";
import { db, transaction } from "@/lib/db/client";

export interface ProviderAccount {
  provider: string;
  providerAccountId: string;
  /** Only an address that the provider has verified. */
  email: string | null;
}

/**
 * The person behind a provider's account: the one it was linked to before, else the one with the same verified address,
 * who is linked now. Nobody is made: there is no open registration.
 */
export async function findProviderUser({ provider, providerAccountId, email }: ProviderAccount) {
  const where = { provider_providerAccountId: { provider, providerAccountId } };
  const linked = await db.account.findUnique({ where, include: { user: true } });
  const user = linked?.user ?? (email ? await db.user.findUnique({ where: { email } }) : null);
  if (!user || user.disabledAt) return null;
  if (!linked) await link(user, { provider, providerAccountId });
  return user;
}

async function link(
  user: { id: string; name: string; role: string },
  account: Omit<ProviderAccount, "email">,
): Promise<void> {
  const actor = { id: user.id, name: user.name, role: Role.parse(user.role) };
  await transaction(async (tx) => {
    await tx.account.create({ data: { userId: user.id, ...account } });
    await audit(
      tx,
      actor,
      "user.link-account",
      { type: "user", id: user.id, name: user.name },
      { provider: account.provider },
    );
  });
}
