import { audit } from "@/lib/audit/audit";
import { authorize } from "@/lib/contracts/authorize";
import { Problem } from "@/lib/contracts/problem";
import type { Actor, UserChange, UserView } from "@/lib/contracts/user";
import { type Prisma, type Tx, transaction } from "@/lib/db/client";
import { hashPassword } from "@/lib/secrets/password-hash";
import { toUserView } from "./user-store";

type UserRow = Prisma.UserGetPayload<object>;

/** Throws forbidden, not-found, or last-admin when nobody would be left who may change this back. */
export async function changeUser(id: string, change: UserChange, actor: Actor): Promise<UserView> {
  authorize(actor, "user:write");
  const passwordHash = change.password === undefined ? undefined : await hashPassword(change.password);
  return transaction(async (tx) => {
    const admins = await lockAdmins(tx);
    const before = await tx.user.findUnique({ where: { id } });
    if (!before) throw new Problem("not-found");
    const data = columnsOf(change, before, passwordHash);
    if (isAdmin(before) && !isAdmin({ ...before, ...data }) && admins.length === 1) throw new Problem("last-admin");
    const changed = changedNames(change, before);
    if (changed.length === 0) return toUserView(before);

    const after = await tx.user.update({
      where: { id },
      data: { ...data, ...(endsSessions(changed) && { sessionVersion: { increment: 1 } }) },
    });
    const details = { changed, ...(changed.includes("role") && { role: { from: before.role, to: after.role } }) };
    await audit(tx, actor, "user.change", { type: "user", id, name: after.name }, details);
    return toUserView(after);
  });
}

/** Locked in one order, so that two admins who demote each other at once do not both succeed. */
function lockAdmins(tx: Tx): Promise<{ id: string }[]> {
  return tx.$queryRaw`SELECT id FROM "user" WHERE role = 'admin' AND disabled_at IS NULL ORDER BY id FOR UPDATE`;
}

function isAdmin({ role, disabledAt }: Pick<UserRow, "role" | "disabledAt">): boolean {
  return role === "admin" && disabledAt === null;
}

function columnsOf({ name, role, disabled }: UserChange, before: UserRow, passwordHash: string | undefined) {
  return {
    ...(name !== undefined && { name }),
    ...(role !== undefined && { role }),
    ...(disabled !== undefined && { disabledAt: disabled ? (before.disabledAt ?? new Date()) : null }),
    ...(passwordHash !== undefined && { passwordHash }),
  };
}

function changedNames({ name, role, disabled, password }: UserChange, before: UserRow): string[] {
  const changed = {
    name: name !== undefined && name !== before.name,
    role: role !== undefined && role !== before.role,
    disabled: disabled !== undefined && disabled !== (before.disabledAt !== null),
    password: password !== undefined,
  };
  return Object.entries(changed).flatMap(([field, isChanged]) => (isChanged ? [field] : []));
}

/** What a signed-in browser may do, or prove, has changed: it signs in again. */
function endsSessions(changed: string[]): boolean {
  return changed.some((field) => field !== "name");
}
