import { Role } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { db, transaction } from "@/lib/platform/db/client";

interface ProviderAccount {
  provider: string;
  providerAccountId: string;
  /** Only an address that proves who the person is (oauth-providers.ts). */
  email: string | null;
}

/** What a provider says of somebody who could not be found. It proves nothing. */
export interface Claimed extends ProviderAccount {
  name: string | null;
  claimedEmail: string | null;
}

/**
 * The user behind a provider's account: the one it was linked to before, else the one whose address the provider has
 * proven, who is linked now. No user is created: there is no open registration.
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

const TEXT_LENGTH = 200;
const MOST_UNLINKED = 200;

/** Kept for an administrator, who links it to a user or does not. The newest are kept: anyone can try. */
export async function noteUnlinked({ provider, providerAccountId, name, claimedEmail }: Claimed): Promise<void> {
  if (await isLinked(provider, providerAccountId)) return; // of a user who is disabled
  const said = { name: shortened(name), email: shortened(claimedEmail), lastTriedAt: new Date() };
  await transaction(async (tx) => {
    const where = { provider_providerAccountId: { provider, providerAccountId } };
    await tx.unlinkedAccount.upsert({ where, create: { provider, providerAccountId, ...said }, update: said });
    const old = await tx.unlinkedAccount.findMany({ orderBy: { lastTriedAt: "desc" }, skip: MOST_UNLINKED });
    await tx.unlinkedAccount.deleteMany({ where: { id: { in: old.map(({ id }) => id) } } });
  });
}

async function isLinked(provider: string, providerAccountId: string): Promise<boolean> {
  return (await db.account.count({ where: { provider, providerAccountId } })) > 0;
}

function shortened(text: string | null): string | null {
  return text?.toWellFormed().replaceAll("\0", "").slice(0, TEXT_LENGTH) ?? null;
}
