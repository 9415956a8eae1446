import type { Role, TokenScope } from "@/lib/contracts/user";
import { makeToken } from "@/lib/domain/tokens/make-token";
import { db } from "@/lib/platform/db/client";
import { sessionCookieName } from "./session-cookie";
import { type NewSession, startSession } from "./sessions";

export { aUser } from "@/lib/domain/users/test-people";

/** The headers of a program's request. */
export async function asToken(
  user: { id: string; role: string },
  { services = [], targets = [], ...more }: { role?: Role; expiresAt?: Date } & Partial<TokenScope> = {},
): Promise<Record<string, string>> {
  const { token, prefix, hash } = makeToken();
  const scope = { services: [...services], targets: [...targets] };
  await db.apiToken.create({
    data: { userId: user.id, name: "test", role: user.role, prefix, hash, ...scope, ...more },
  });
  return { authorization: `Bearer ${token}` };
}

/** The headers of a browser's request from our own pages. */
export async function asBrowser(user: { id: string }, more: Partial<NewSession> = {}): Promise<Record<string, string>> {
  const session = { userId: user.id, via: "password", strong: false, ip: "192.0.2.1", userAgent: "Test", ...more };
  return { cookie: `${sessionCookieName()}=${await startSession(session)}`, "sec-fetch-site": "same-origin" };
}
