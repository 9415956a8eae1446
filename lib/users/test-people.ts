import type { Role } from "@/lib/contracts/user";
import { db } from "@/lib/db/client";
import { hashPassword } from "@/lib/secrets/password-hash";

export const PASSWORD = "correct horse battery";
let people = 0;
let passwordHash: Promise<string> | undefined;

/** A person for a test, with PASSWORD. */
export async function aUser(role: Role = "member", more: { disabledAt?: Date } = {}) {
  people += 1;
  passwordHash ??= hashPassword(PASSWORD);
  const name = `${role} ${people}`;
  return db.user.create({
    data: { email: `person${people}@example.com`, name, role, passwordHash: await passwordHash, ...more },
  });
}
