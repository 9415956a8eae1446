import type { Role } from "@/lib/contracts/user";
import { db } from "@/lib/db/client";
import { makeToken } from "@/lib/tokens/make-token";
import { makeSessionToken, sessionCookieName } from "./session-token";

export { aUser } from "@/lib/users/test-people";

/** What a program sends. */
export async function asToken(
  user: { id: string; role: string },
  more: { role?: Role; expiresAt?: Date } = {},
): Promise<Record<string, string>> {
  const { token, prefix, hash } = makeToken();
  await db.apiToken.create({ data: { userId: user.id, name: "test", role: user.role, prefix, hash, ...more } });
  return { authorization: `Bearer ${token}` };
}

/** What a browser sends from our own pages. */
export async function asBrowser(user: { id: string; sessionVersion: number }): Promise<Record<string, string>> {
  return { cookie: `${sessionCookieName()}=${await makeSessionToken(user)}`, "sec-fetch-site": "same-origin" };
}
