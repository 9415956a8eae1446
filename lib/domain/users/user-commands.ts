import { authorize } from "@/lib/contracts/authorize";
import { fieldProblem, Problem } from "@/lib/contracts/problem";
import type { Actor, NewUser, UserChange, UserView } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { db, type Prisma, type Tx, transaction } from "@/lib/platform/db/client";
import { type IdempotencyOptions, once } from "@/lib/platform/db/idempotency";
import { hashPassword } from "@/lib/platform/secrets/password-hash";
import { refuseCommonPassword } from "./passwords";
import { removeSecondFactors } from "./second-factor";
import { toUserView, withFactors } from "./user-store";

/** Throws forbidden, email-taken or password-common. */
export async function createUser(input: NewUser, actor: Actor, options?: IdempotencyOptions): Promise<UserView> {
  authorize(actor, "user:write");
  const { email, name, role } = input;
  // Before the transaction, because both are slow on purpose and would keep its connection busy.
  await refuseCommonPassword(input.password, [email, name]);
  const passwordHash = await hashPassword(input.password);
  return transaction(async (tx) => {
    const { subjectId } = await once(tx, actor, options, async () => {
      const [made] = await tx.user.createManyAndReturn({
        data: { email, name, role, passwordHash },
        skipDuplicates: true,
      });
      if (!made) throw fieldProblem(["email"], "email-taken");
      await audit(tx, actor, "user.create", { type: "user", id: made.id, name }, { email, role });
      return { subjectId: made.id };
    });
    return toUserView(await tx.user.findUniqueOrThrow({ where: { id: subjectId }, include: withFactors }));
  });
}

/** Throws forbidden, not-found, password-common, or last-admin when no administrator would be left to revert this. */
export async function changeUser(id: string, change: UserChange, actor: Actor): Promise<UserView> {
  authorize(actor, "user:write");
  const passwordHash = await passwordHashOf(id, change);
  return transaction(async (tx) => {
    const admins = await lockAdmins(tx);
    const before = await tx.user.findUnique({ where: { id }, include: withFactors });
    if (!before) throw new Problem("not-found");
    const data = columnsOf(change, before, passwordHash);
    if (isAdmin(before) && !isAdmin({ ...before, ...data }) && admins.length === 1) throw new Problem("last-admin");
    const changed = changedNames(change, before);
    const revoked = change.revokeTokens ? await revokeTokens(tx, id) : 0;
    if (changed.length === 0 && revoked === 0) return toUserView(before);

    if (change.resetSecondFactor) await removeSecondFactors(tx, id);
    if (changed.some((field) => ENDS_SESSIONS.has(field))) await tx.session.deleteMany({ where: { userId: id } });
    const after = await tx.user.update({ where: { id }, data, include: withFactors });
    await audit(
      tx,
      actor,
      "user.change",
      { type: "user", id, name: after.name },
      detailsOf(changed, before, after, revoked),
    );
    return toUserView(after);
  });
}

function detailsOf(changed: string[], before: UserRow, after: UserRow, revokedTokens: number) {
  return {
    changed,
    ...(changed.includes("role") && { role: { from: before.role, to: after.role } }),
    ...(revokedTokens > 0 && { revokedTokens }),
  };
}

/** Before the transaction, because both are slow on purpose and would keep its connection busy. */
async function passwordHashOf(id: string, { password }: UserChange): Promise<string | undefined> {
  if (password === undefined) return undefined;
  const user = await db.user.findUnique({ where: { id }, select: { email: true, name: true } });
  await refuseCommonPassword(password, user ? [user.email, user.name] : []);
  return hashPassword(password);
}

/** Locked in one order, so that two admins who demote each other concurrently do not both succeed. */
function lockAdmins(tx: Tx): Promise<{ id: string }[]> {
  return tx.$queryRaw`SELECT id FROM "user" WHERE role = 'admin' AND disabled_at IS NULL ORDER BY id FOR UPDATE`;
}

async function revokeTokens(tx: Tx, userId: string): Promise<number> {
  const { count } = await tx.apiToken.updateMany({
    where: { userId, revokedAt: null },
    data: { revokedAt: new Date() },
  });
  return count;
}

function isAdmin({ role, disabledAt }: Pick<UserRow, "role" | "disabledAt">): boolean {
  return role === "admin" && disabledAt === null;
}

function columnsOf(
  { name, role, disabled, secondFactorRequired }: UserChange,
  before: UserRow,
  passwordHash: string | undefined,
) {
  return {
    ...(name !== undefined && { name }),
    ...(role !== undefined && { role }),
    ...(disabled !== undefined && { disabledAt: disabled ? (before.disabledAt ?? new Date()) : null }),
    ...(secondFactorRequired !== undefined && { secondFactorRequired }),
    ...(passwordHash !== undefined && { passwordHash }),
  };
}

function changedNames(change: UserChange, before: UserRow): string[] {
  const { name, role, disabled, password, secondFactorRequired } = change;
  const changed = {
    name: name !== undefined && name !== before.name,
    role: role !== undefined && role !== before.role,
    disabled: disabled !== undefined && disabled !== (before.disabledAt !== null),
    password: password !== undefined,
    secondFactorRequired: secondFactorRequired !== undefined && secondFactorRequired !== before.secondFactorRequired,
    secondFactor: change.resetSecondFactor === true && toUserView(before).secondFactor,
  };
  return Object.entries(changed).flatMap(([field, isChanged]) => (isChanged ? [field] : []));
}

/** Changes of permissions or credentials: the user has to sign in again. */
const ENDS_SESSIONS: ReadonlySet<string> = new Set(["role", "disabled", "password", "secondFactor"]);

type UserRow = Prisma.UserGetPayload<{ include: typeof withFactors }>;
