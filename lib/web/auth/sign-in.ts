import * as z from "zod";
import { Problem, type ProblemCode } from "@/lib/contracts/problem";
import { type Actor, Email, Role } from "@/lib/contracts/user";
import { acceptPasskey, type RelyingParty } from "@/lib/domain/users/passkeys";
import { findByPassword } from "@/lib/domain/users/passwords";
import { hasSecondFactor, proveSecondFactor } from "@/lib/domain/users/second-factor";
import { audit } from "@/lib/platform/audit/audit";
import { db, type Tx, transaction } from "@/lib/platform/db/client";
import { publish } from "@/lib/platform/outbox/outbox";
import { hostOf, networkOf } from "./client-address";
import { forgetTries, limitRate, RateLimited } from "./rate-limit";

/** The fields of the sign-in form: address and password, with a code or passkey if required; or only a passkey. */
const Credentials = z.object({
  email: Email.optional().catch(undefined),
  password: z.string().min(1).max(256).optional().catch(undefined),
  /** A code of an authenticator app, or a recovery code. */
  code: z.string().min(1).max(64).optional().catch(undefined),
  /** The response of the browser's authenticator, as JSON. */
  passkey: z.string().min(1).max(16_384).optional().catch(undefined),
});
type Credentials = z.infer<typeof Credentials>;

interface SignedIn {
  id: string;
  via: string;
  strong: boolean;
}

/**
 * Identifies the owner of these credentials. Throws `sign-in-failed`, after the same work, for an unknown address, a
 * wrong password and a disabled user; `second-factor-required` and `second-factor-wrong` only after the correct
 * password; `rate-limited` after too many attempts. Every refusal is audited, a rate limit once.
 */
export async function signIn(sent: unknown, ip: string, party: RelyingParty): Promise<SignedIn> {
  const credentials: Credentials = Credentials.safeParse(sent).data ?? {};
  try {
    await limitTries(credentials, ip);
    const { user, via, strong } = await identify(credentials, party);
    if (credentials.email) await forgetTries("sign-in-person", personKey(credentials.email, ip));
    await recordSignIn(user, via, ip);
    return { id: user.id, via, strong };
  } catch (error) {
    if (error instanceof Problem) await recordRefusal(error, credentials, ip);
    throw error;
  }
}

/** By address and network, never by user alone: anyone who knows an address could lock its owner out. */
async function limitTries({ email }: Credentials, ip: string): Promise<void> {
  await limitRate("sign-in-address", hostOf(ip));
  await limitRate("sign-in-network", networkOf(ip));
  if (email) await limitRate("sign-in-person", personKey(email, ip));
}

function personKey(email: string, ip: string): string {
  return `${networkOf(ip)} ${email}`;
}

async function identify({ email, password, code, passkey }: Credentials, party: RelyingParty) {
  if (passkey !== undefined && password === undefined) {
    const user = await acceptPasskey(passkey, party);
    return { user, via: "passkey", strong: true };
  }
  const user = await findByPassword(email, password ?? "");
  if (!user) throw new Problem("sign-in-failed");
  if (!(await hasSecondFactor(user.id))) return { user, via: "password", strong: false };
  if (passkey !== undefined) await acceptPasskey(passkey, party, user.id);
  else if (code !== undefined) await proveSecondFactor(user.id, code);
  else throw new Problem("second-factor-required");
  return { user, via: "password", strong: true };
}

export async function recordSignIn(
  user: { id: string; name: string; role: string },
  via: string,
  ip: string,
): Promise<void> {
  const actor = { id: user.id, name: user.name, role: Role.parse(user.role), ip };
  await transaction(async (tx) => {
    if (await isNewPlace(tx, user.id, ip))
      await publish(tx, { type: "sign-in.new", userId: user.id, address: ip, via });
    await tx.user.update({ where: { id: user.id }, data: { lastSignInAt: new Date() } });
    await audit(tx, actor, "user.sign-in", { type: "user", id: user.id, name: user.name }, { via });
  });
}

/** Has this person signed in before, and never from this address? */
async function isNewPlace(tx: Tx, actorId: string, ip: string): Promise<boolean> {
  const signedIn = { actorId, action: "user.sign-in" };
  const select = { id: true } as const;
  const [from, before] = [
    await tx.auditEvent.findFirst({ where: { ...signedIn, ip }, select }),
    await tx.auditEvent.findFirst({ where: signedIn, select }),
  ];
  return before !== null && from === null;
}

/** A provider identified a person, but no user matches. */
export async function recordRefusedProvider({ provider, claimedEmail }: Claimed, ip: string): Promise<void> {
  await limitRate("sign-in-address", hostOf(ip));
  await transaction((tx) =>
    audit(tx, stranger(ip), "user.sign-in-failed", { type: "user", id: null }, { via: provider, tried: claimedEmail }),
  );
}

function stranger(ip: string): Actor {
  return { id: null, name: "unknown", role: "viewer", ip };
}

/** The request for the second factor is a step of the sign-in, not a refusal. */
const STEPS: readonly ProblemCode[] = ["second-factor-required"];

async function recordRefusal(problem: Problem, { email, passkey }: Credentials, ip: string): Promise<void> {
  if (STEPS.includes(problem.code)) return;
  if (problem instanceof RateLimited && !problem.isFirst) return;
  const action = problem instanceof RateLimited ? "user.sign-in-limited" : "user.sign-in-failed";
  await transaction(async (tx) => {
    const user = email === undefined ? null : await tx.user.findUnique({ where: { email } });
    const subject = { type: "user", id: user?.id ?? null, name: user?.name ?? null };
    const tried = email ?? (passkey === undefined ? null : "passkey");
    await audit(tx, stranger(ip), action, subject, { reason: problem.code, tried });
  });
}

interface ProviderAccount {
  provider: string;
  providerAccountId: string;
  /** Only an address that identifies the person (oauth-providers.ts). */
  email: string | null;
}

/** What a provider reported about an unknown person. It proves nothing. */
interface Claimed extends ProviderAccount {
  name: string | null;
  claimedEmail: string | null;
}

/**
 * The user of a provider's account: the one it was linked to before, else the user with the verified address, who is
 * linked now. No user is created: there is no open registration.
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

/** Stored for an administrator, who may link it to a user. Only the newest are kept, because anyone can try. */
export async function noteUnlinked({ provider, providerAccountId, name, claimedEmail }: Claimed): Promise<void> {
  if (await isLinked(provider, providerAccountId)) return; // linked to a disabled user
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
