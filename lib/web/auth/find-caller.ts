import { Role, type TokenScope } from "@/lib/contracts/user";
import { findToken } from "@/lib/domain/tokens/token-store";
import { env } from "@/lib/platform/env";
import type { Caller } from "./caller";
import { findSession } from "./sessions";

/** The person a session cookie belongs to, if it still holds: its row decides, at every request. */
export async function findSessionCaller(
  cookie: string | undefined,
  ip: string | null,
  isUse = true,
): Promise<Caller | null> {
  const session = await findSession(cookie, ip, { isUse });
  if (!session) return null;
  const { user, strong } = session;
  const mustProve = !strong && (user.secondFactorRequired || env.LANDFALL_REQUIRE_SECOND_FACTOR);
  // It began before the factor was set up elsewhere: signing in again proves it.
  if (mustProve && (user.totp?.confirmedAt || user._count.passkeys > 0)) return null;
  const actor = {
    id: user.id,
    name: user.name,
    role: Role.parse(user.role),
    sessionId: session.id,
    ...(mustProve && { mustProve }),
  };
  return { actor, via: "session", email: user.email, locale: user.locale };
}

/** The person behind an API token, with what both the token's role and their own allow. */
export async function findTokenCaller(token: string): Promise<Caller | null> {
  const found = await findToken(token);
  if (!found) return null;
  const { id, name, email, locale, role } = found.user;
  const allowed = bothRoles(Role.parse(found.role), Role.parse(role));
  return { actor: { id, name, tokenId: found.id, ...allowed, ...scopeOf(found) }, via: "token", email, locale };
}

function scopeOf({ services, targets, deployOnly }: TokenScope): { scope?: TokenScope } {
  const isLimited = deployOnly || services.length > 0 || targets.length > 0;
  return isLimited ? { scope: { services, targets, deployOnly } } : {};
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
