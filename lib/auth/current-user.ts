import { cookies, headers } from "next/headers";
import { redirect } from "next/navigation";
import { cache } from "react";
import type { Actor } from "@/lib/contracts/user";
import type { Caller, SessionUser } from "./caller";
import { clientAddress } from "./client-address";
import { findSessionCaller, findTokenCaller } from "./find-caller";
import { sessionCookieName } from "./session-token";

/** Who sent a request to a route. A token that was sent is what counts: a wrong one is not saved by a cookie beside it. */
export async function callerOf(request: Request): Promise<Caller | null> {
  const token = sentToken(request.headers);
  const caller =
    token === undefined ? await findSessionCaller(sessionCookie(request.headers)) : await findTokenCaller(token);
  return caller && { ...caller, actor: { ...caller.actor, ip: clientAddress(request.headers) } };
}

export async function actorOf(request: Request): Promise<Actor | null> {
  return (await callerOf(request))?.actor ?? null;
}

/** Whether a request carries anything that could say who sent it; asks nothing of the database. */
export function hasCredentials(request: Request): boolean {
  return sentToken(request.headers) !== undefined || sessionCookie(request.headers) !== undefined;
}

/** Asked once per page, however many components want to know. */
const pageCaller = cache(async () => findSessionCaller((await cookies()).get(sessionCookieName())?.value));

/** Who looks at a page; null when nobody is signed in. */
export async function currentActor(): Promise<Actor | null> {
  const caller = await pageCaller();
  return caller && { ...caller.actor, ip: clientAddress(await headers()) };
}

/** For pages that only signed-in people see: anybody else goes to the sign-in page. */
export async function requireActor(): Promise<Actor> {
  return (await currentActor()) ?? redirect("/sign-in");
}

export async function currentUser(): Promise<SessionUser | null> {
  const caller = await pageCaller();
  if (!caller) return null;
  const { id, name, role } = caller.actor;
  return { id, name, role, email: caller.email, locale: caller.locale };
}

function sentToken(sent: Headers): string | undefined {
  const apiKey = sent.get("x-api-key");
  if (apiKey !== null) return apiKey.trim();
  return /^Bearer\s+(.*)$/i.exec(sent.get("authorization") ?? "")?.[1]?.trim();
}

function sessionCookie(sent: Headers): string | undefined {
  const prefix = `${sessionCookieName()}=`;
  const pair = (sent.get("cookie") ?? "").split(/;\s*/).find((part) => part.startsWith(prefix));
  return pair?.slice(prefix.length) || undefined;
}
