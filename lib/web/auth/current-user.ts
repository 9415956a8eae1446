import { cookies, headers } from "next/headers";
import { redirect } from "next/navigation";
import { cache } from "react";
import { PAGE_HEADER, signInAddress } from "@/lib/contracts/own-address";
import type { Actor } from "@/lib/contracts/user";
import type { Caller, SessionUser } from "./caller";
import { clientAddress } from "./client-address";
import { findSessionCaller, findTokenCaller } from "./find-caller";
import { sessionCookieName } from "./session-cookie";

/** Who sent a request to a route; `isUse`: whether that keeps their session from ending idle. A token that was sent is what counts: a wrong one is not saved by a cookie beside it. */
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

/** Whether a request carries anything that could say who sent it; asks nothing of the database. */
export function hasCredentials(request: Request): boolean {
  return sentToken(request.headers) !== undefined || sessionCookie(request.headers) !== undefined;
}

/** Asked once per page, however many components want to know. */
const pageCaller = cache(async () =>
  findSessionCaller((await cookies()).get(sessionCookieName())?.value, clientAddress(await headers())),
);

/** Who looks at a page; null when nobody is signed in. */
export async function currentActor(): Promise<Actor | null> {
  const caller = await pageCaller();
  return caller && { ...caller.actor, ip: clientAddress(await headers()) };
}

/** For pages that only signed-in people see: anyone else signs in first and then returns to the page. */
export async function requireActor(): Promise<Actor> {
  const page = (await headers()).get(PAGE_HEADER);
  const actor = (await currentActor()) ?? redirect(signInAddress(page));
  // Who must set up a second factor does that first, and sees no other page until then.
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
