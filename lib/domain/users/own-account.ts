import { authorize } from "@/lib/contracts/authorize";
import { fieldProblem, Problem } from "@/lib/contracts/problem";
import {
  type AccountChange,
  AccountView,
  type Actor,
  type PasswordChange,
  Role,
  type SecurityView,
  type SessionView,
} from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { db, type Prisma, transaction } from "@/lib/platform/db/client";
import { env } from "@/lib/platform/env";
import { hashPassword, isPassword } from "@/lib/platform/secrets/password-hash";
import { toPasskeyView } from "./passkeys";
import { refuseCommonPassword } from "./passwords";
import { ownId } from "./second-factor";

/** Commands of users on their own account. Throws not-found for Landfall itself, which is no user. */

export async function getOwnAccount(actor: Actor): Promise<AccountView> {
  authorize(actor, "account:read", { ownerId: actor.id });
  const row = actor.id === null ? null : await db.user.findUnique({ where: { id: actor.id } });
  if (!row) throw new Problem("not-found");
  return toAccountView(row);
}

/** The choice applies to every browser without a choice of its own. */
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

/** Ends every other session. Throws `password-wrong` for a wrong current password, and `password-common`. */
export async function changeOwnPassword(change: PasswordChange, actor: Actor): Promise<void> {
  const id = ownId(actor);
  const user = await db.user.findUniqueOrThrow({ where: { id } });
  if (!(await isPassword(change.current, user.passwordHash))) throw fieldProblem(["current"], "password-wrong");
  await refuseCommonPassword(change.password, [user.email, user.name]);
  const passwordHash = await hashPassword(change.password);
  await transaction(async (tx) => {
    // Of two concurrent changes, the second one's current password is no longer correct.
    const { count } = await tx.user.updateMany({
      where: { id, passwordHash: user.passwordHash },
      data: { passwordHash },
    });
    if (count === 0) throw fieldProblem(["current"], "password-wrong");
    await tx.session.deleteMany({ where: { userId: id, id: { not: actor.sessionId } } });
    const revoked = change.revokeTokens
      ? await tx.apiToken.updateMany({ where: { userId: id, revokedAt: null }, data: { revokedAt: new Date() } })
      : { count: 0 };
    const details = { changed: ["password"], ...(revoked.count > 0 && { revokedTokens: revoked.count }) };
    await audit(tx, actor, "user.change", { type: "user", id, name: user.name }, details);
  });
}

export async function getOwnSecurity(actor: Actor): Promise<SecurityView> {
  const id = ownId(actor);
  const user = await db.user.findUniqueOrThrow({
    where: { id },
    include: { totp: true, passkeys: { orderBy: { id: "asc" } } },
  });
  return {
    hasPassword: user.passwordHash !== null,
    totp: user.totp?.confirmedAt != null,
    passkeys: user.passkeys.map(toPasskeyView),
    recoveryCodes: user.recoveryHashes.length,
    secondFactorRequired: user.secondFactorRequired || env.LANDFALL_REQUIRE_SECOND_FACTOR,
  };
}

/** The most recently used first. `idleSeconds`: how long a session lasts without use. */
export async function listOwnSessions(actor: Actor, idleSeconds: number): Promise<SessionView[]> {
  const now = Date.now();
  const rows = await db.session.findMany({
    where: {
      userId: ownId(actor),
      expiresAt: { gt: new Date(now) },
      lastUsedAt: { gt: new Date(now - idleSeconds * 1_000) },
    },
    orderBy: { lastUsedAt: "desc" },
    take: 100,
  });
  return rows.map((row) => toSessionView(row, actor));
}

/** Throws not-found for another person's session, and for an ended one. */
export async function endOwnSession(id: string, actor: Actor): Promise<void> {
  const userId = ownId(actor);
  await transaction(async (tx) => {
    const { count } = await tx.session.deleteMany({ where: { id, userId } });
    if (count === 0) throw new Problem("not-found");
    await audit(tx, actor, "user.end-session", { type: "user", id: userId, name: actor.name }, { sessions: 1 });
  });
}

/** Every session except the caller's. */
export async function endOtherSessions(actor: Actor): Promise<void> {
  const userId = ownId(actor);
  await transaction(async (tx) => {
    const { count } = await tx.session.deleteMany({ where: { userId, id: { not: actor.sessionId } } });
    if (count === 0) return;
    await audit(tx, actor, "user.end-session", { type: "user", id: userId, name: actor.name }, { sessions: count });
  });
}

function toAccountView({ id, email, name, role, locale }: Prisma.UserGetPayload<object>): AccountView {
  return { id, email, name, role: Role.parse(role), locale: AccountView.shape.locale.catch(null).parse(locale) };
}

function toSessionView(row: Prisma.SessionGetPayload<object>, actor: Actor): SessionView {
  const { id, via, userAgent, ip } = row;
  return {
    id,
    isThis: id === actor.sessionId,
    via,
    userAgent,
    ip,
    createdAt: row.createdAt.toISOString(),
    lastUsedAt: row.lastUsedAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
  };
}
