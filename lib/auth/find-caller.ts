import { Role } from "@/lib/contracts/user";
import { db } from "@/lib/db/client";
import { findToken } from "@/lib/tokens/find-token";
import type { Caller } from "./caller";
import { readSessionToken } from "./session-token";

/** The person a session cookie belongs to, if it still holds: the row decides, at every request. */
export async function findSessionCaller(cookie: string | undefined): Promise<Caller | null> {
  const session = await readSessionToken(cookie);
  if (!session) return null;
  const user = await db.user.findUnique({ where: { id: session.sub } });
  if (!user || user.disabledAt || user.sessionVersion !== session.sessionVersion) return null;
  const actor = { id: user.id, name: user.name, role: Role.parse(user.role) };
  return { actor, via: "session", email: user.email, locale: user.locale };
}

/** The person behind an API token, with what both the token's role and their own allow. */
export async function findTokenCaller(token: string): Promise<Caller | null> {
  const found = await findToken(token);
  if (!found) return null;
  const { id, name, email, locale, role } = found.user;
  const allowed = bothRoles(Role.parse(found.role), Role.parse(role));
  return { actor: { id, name, tokenId: found.id, ...allowed }, via: "token", email, locale };
}

/**
 * What two roles allow together. A viewer reads everything and a member changes only their own, so neither is the lower
 * one: where they meet, a person reads their own.
 */
export function bothRoles(a: Role, b: Role): { role: Role; limitedTo?: Role } {
  if (a === b || b === "admin") return { role: a };
  if (a === "admin") return { role: b };
  return { role: "member", limitedTo: "viewer" };
}
