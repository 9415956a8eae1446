import { decode, encode } from "next-auth/jwt";
import { z } from "zod";
import { env } from "@/lib/env";
import { authSecret } from "./secret";

export const SESSION_SECONDS = 12 * 60 * 60;

/** What a session cookie says. Whether it still holds is asked of the user's row at every request. */
const SessionToken = z.object({ sub: z.uuid(), sessionVersion: z.int(), iat: z.int() });
export type SessionToken = z.infer<typeof SessionToken>;

/** Browsers take a `__Secure-` cookie over TLS only, so its name depends on how the console is reached. */
export function usesSecureCookies(): boolean {
  return env.NEXTAUTH_URL?.startsWith("https://") ?? false;
}

export function sessionCookieName(): string {
  return `${usesSecureCookies() ? "__Secure-" : ""}next-auth.session-token`;
}

export function sessionCookieOptions() {
  return { httpOnly: true, sameSite: "lax", path: "/", secure: usesSecureCookies() } as const;
}

/** Null for a cookie that is expired, forged, or sealed under another secret. */
export async function readSessionToken(cookie: string | undefined): Promise<SessionToken | null> {
  if (!cookie) return null;
  // next-auth rejects with errors of its JOSE library for each way a token can be wrong; all of them mean "no session".
  const claims = await decode({ token: cookie, secret: authSecret() }).catch(() => null);
  return SessionToken.safeParse(claims).data ?? null;
}

export function makeSessionToken(user: { id: string; sessionVersion: number }): Promise<string> {
  const token = { sub: user.id, sessionVersion: user.sessionVersion };
  return encode({ token, secret: authSecret(), maxAge: SESSION_SECONDS });
}
