import { decode, encode, type JWT, type JWTDecodeParams } from "next-auth/jwt";
import * as z from "zod";
import { env } from "@/lib/env";
import { authSecret, authSecrets } from "./secret";

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

/** Null for a cookie that is missing, expired, forged, or sealed under another secret. */
export async function readSessionToken(cookie: string | undefined): Promise<SessionToken | null> {
  if (!cookie) return null; // most of all: monitors and API clients
  const [secret, ...older] = authSecrets();
  const session = toSession(await opened({ token: cookie, secret }));
  if (session) return session;
  const under = toSession(await firstOpened({ token: cookie }, older));
  // Counts as old, so that the next page seals it anew before the older key is gone.
  return under && { ...under, iat: 0 };
}

function toSession(claims: JWT | null): SessionToken | null {
  return SessionToken.safeParse(claims).data ?? null;
}

/** For next-auth, which knows of one secret only. */
export function decodeSession(params: Omit<JWTDecodeParams, "secret">): Promise<JWT | null> {
  return firstOpened(params, authSecrets());
}

async function firstOpened(params: Omit<JWTDecodeParams, "secret">, secrets: readonly string[]): Promise<JWT | null> {
  for (const secret of secrets) {
    const claims = await opened({ ...params, secret });
    if (claims) return claims;
  }
  return null;
}

/** next-auth rejects with errors of its JOSE library for each way a token can be wrong; all of them mean "no session". */
async function opened(params: JWTDecodeParams): Promise<JWT | null> {
  return params.token ? decode(params).catch(() => null) : null;
}

export function makeSessionToken(user: { id: string; sessionVersion: number }): Promise<string> {
  const token = { sub: user.id, sessionVersion: user.sessionVersion };
  return encode({ token, secret: authSecret(), maxAge: SESSION_SECONDS });
}
