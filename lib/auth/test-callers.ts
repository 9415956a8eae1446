import type { Role } from "@/lib/contracts/user";
import { db } from "@/lib/db/client";
import { hashPassword } from "@/lib/secrets/password-hash";
import { makeToken } from "@/lib/tokens/make-token";
import { makeSessionToken, sessionCookieName } from "./session-token";

export const PASSWORD = "correct horse battery";
let people = 0;
let passwordHash: Promise<string> | undefined;

/** A person for a test, with PASSWORD. */
export async function aUser(role: Role = "member", more: { disabledAt?: Date } = {}) {
  people += 1;
  passwordHash ??= hashPassword(PASSWORD);
  const name = `${role} ${people}`;
  return db.user.create({ data: { email: `person${people}@example.com`, name, role, passwordHash: await passwordHash, ...more } });
}

/** What a program sends. */
export async function asToken(user: { id: string; role: string }, more: { role?: Role; expiresAt?: Date } = {}): Promise<Record<string, string>> {
  const { token, prefix, hash } = makeToken();
  await db.apiToken.create({ data: { userId: user.id, name: "test", role: user.role, prefix, hash, ...more } });
  return { authorization: `Bearer ${token}` };
}

/** What a browser sends from our own pages. */
export async function asBrowser(user: { id: string; sessionVersion: number }): Promise<Record<string, string>> {
  return { cookie: `${sessionCookieName()}=${await makeSessionToken(user)}`, "sec-fetch-site": "same-origin" };
}
