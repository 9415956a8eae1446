import { db } from "@/lib/platform/db/client";
import { isPassword } from "@/lib/platform/secrets/password-hash";

/** Who has this address and password. An unknown address takes as long as a wrong password, so it cannot be told from one. */
export async function findByPassword(email: string | undefined, password: string) {
  const user = email === undefined ? null : await db.user.findUnique({ where: { email } });
  const fits = await isPassword(password, user?.passwordHash);
  return fits && user && !user.disabledAt ? user : null;
}
