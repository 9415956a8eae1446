import * as z from "zod";
import { audit } from "@/lib/audit/audit";
import { Problem } from "@/lib/contracts/problem";
import { Email, Role } from "@/lib/contracts/user";
import { transaction } from "@/lib/db/client";
import { findByPassword } from "@/lib/users/find-by-password";
import { forgetTries, limitRate } from "./rate-limit";

const Credentials = z.object({ email: Email, password: z.string().min(1).max(256) });

/**
 * The id of the person with this address and password. Throws `sign-in-failed`, after the same work, for an unknown
 * address, a wrong password and a disabled person alike; `rate-limited` after too many tries.
 */
export async function signInWithPassword(credentials: unknown, ip: string): Promise<string> {
  await limitRate("sign-in-address", ip);
  const { data } = Credentials.safeParse(credentials);
  if (data) await limitRate("sign-in-email", data.email);
  const user = await findByPassword(data?.email, data?.password ?? "");
  if (!user) throw new Problem("sign-in-failed");
  await forgetTries("sign-in-email", user.email);
  await recordSignIn(user, "password", ip);
  return user.id;
}

export async function recordSignIn(
  user: { id: string; name: string; role: string },
  via: string,
  ip: string,
): Promise<void> {
  const actor = { id: user.id, name: user.name, role: Role.parse(user.role), ip };
  await transaction(async (tx) => {
    await tx.user.update({ where: { id: user.id }, data: { lastSignInAt: new Date() } });
    await audit(tx, actor, "user.sign-in", { type: "user", id: user.id, name: user.name }, { via });
  });
}
