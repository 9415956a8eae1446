import { randomUUID } from "node:crypto";
import type { Role } from "@/lib/contracts/user";
import { db } from "@/lib/platform/db/client";
import { hashPassword } from "@/lib/platform/secrets/password-hash";

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

/** The id of a browser's session; lib/web/auth/test-callers.ts creates one with its cookie. */
export async function aSession(userId: string): Promise<string> {
  const session = { userId, via: "password", strong: false, ip: "192.0.2.1", userAgent: "Test" };
  const expiresAt = new Date(Date.now() + 60_000);
  return (await db.session.create({ data: { ...session, hash: randomUUID(), expiresAt } })).id;
}
