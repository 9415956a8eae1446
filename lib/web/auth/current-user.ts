import { cookies, headers } from "next/headers";
import { redirect } from "next/navigation";
import { cache } from "react";
import { PAGE_HEADER, signInAddress } from "@/lib/contracts/own-address";
import { type Actor, Role, type TokenScope } from "@/lib/contracts/user";
import { findToken } from "@/lib/domain/tokens/token-store";
import { env } from "@/lib/platform/env";
import { clientAddress } from "./client-address";
import { sessionCookieName } from "./session-cookie";
import { findSession } from "./sessions";

/** The sender of a request, how they signed in, and what pages show of them. */
interface Caller {
  actor: Actor & { id: string };
  via: "session" | "token";
  email: string;
  /** The language they chose; null without a choice. */
  locale: string | null;
}

/** A user as pages show them: never a null id, never a password hash. */
interface SessionUser {
  id: string;
  email: string;
  name: string;
  role: Actor["role"];
  locale: string | null;
  /** Must set up a second factor first. */
  mustProve?: true;
}

/**
 * A request's sender. `isUse`: does it delay the session's idle timeout? A token precedes a cookie, even if invalid.
 */
export async function callerOf(request: Request, { isUse = true } = {}): Promise<Caller | null> {
  const token = sentToken(request.headers);
  const ip = clientAddress(request.headers);
  const caller =
    token === undefined
      ? await findSessionCaller(sessionCookie(request.headers), ip, isUse)
      : await findTokenCaller(token);
  return caller && { ...caller, actor: { ...caller.actor, ip } };
}

export async function actorOf(request: Request): Promise<Actor | null> {
  return (await callerOf(request))?.actor ?? null;
}

/** Does a request have credentials? Does not query the database. */
export function hasCredentials(request: Request): boolean {
  return sentToken(request.headers) !== undefined || sessionCookie(request.headers) !== undefined;
}

/** Queried once per page, however many components need it. */
const pageCaller = cache(async () =>
  findSessionCaller((await cookies()).get(sessionCookieName())?.value, clientAddress(await headers())),
);

/** The user of a page; null when no one is signed in. */
async function currentActor(): Promise<Actor | null> {
  const caller = await pageCaller();
  return caller && { ...caller.actor, ip: clientAddress(await headers()) };
}

/** For pages that need a sign-in: everyone else signs in first and then returns to the page. */
export async function requireActor(): Promise<Actor> {
  const page = (await headers()).get(PAGE_HEADER);
  const actor = (await currentActor()) ?? redirect(signInAddress(page));
  // A user who must set up a second factor sees no other page until then.
  if (actor.mustProve && !/^\/account(?:[/?]|$)/.test(page ?? "")) redirect("/account");
  return actor;
}

export async function requireUser(): Promise<SessionUser> {
  await requireActor();
  return (await currentUser()) ?? redirect("/sign-in");
}

export async function currentUser(): Promise<SessionUser | null> {
  const caller = await pageCaller();
  if (!caller) return null;
  const { id, name, role, mustProve } = caller.actor;
  return { id, name, role, email: caller.email, locale: caller.locale, ...(mustProve && { mustProve }) };
}

function sentToken(sent: Headers): string | undefined {
  const apiKey = sent.get("x-api-key");
  if (apiKey !== null) return apiKey.trim();
  return /^Bearer\s+(.*)$/i.exec(sent.get("authorization") ?? "")?.[1]?.trim();
}

export function sessionCookie(sent: Headers): string | undefined {
  const prefix = `${sessionCookieName()}=`;
  const pair = (sent.get("cookie") ?? "").split(/;\s*/).find((part) => part.startsWith(prefix));
  return pair?.slice(prefix.length) || undefined;
}

/** The user of a session cookie, if the session is valid: its row is checked at every request. */
async function findSessionCaller(cookie: string | undefined, ip: string | null, isUse = true): Promise<Caller | null> {
  const session = await findSession(cookie, ip, { isUse });
  if (!session) return null;
  const { user, strong } = session;
  const mustProve = !strong && (user.secondFactorRequired || env.LANDFALL_REQUIRE_SECOND_FACTOR);
  // The session began before the factor was set up elsewhere. Signing in again proves it.
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

/** The user of an API token, with the permissions that both the token's role and their own allow. */
async function findTokenCaller(token: string): Promise<Caller | null> {
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
 * The permissions that two roles share. A viewer reads everything and a member changes only their own, so neither is
 * the lower role: together, a user reads their own.
 */
export function bothRoles(a: Role, b: Role): { role: Role; limitedTo?: Role } {
  if (a === b || b === "admin") return { role: a };
  if (a === "admin") return { role: b };
  return { role: "member", limitedTo: "viewer" };
}
