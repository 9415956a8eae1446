import { env } from "@/lib/platform/env";

/** The longest duration of a session, however it is used. */
export const SESSION_SECONDS = 7 * 24 * 60 * 60;
/** A session ends after this time without use. */
export const IDLE_SECONDS = 12 * 60 * 60;

/** Browsers accept a `__Secure-` cookie over TLS only, so its name depends on the console's address. */
export function usesSecureCookies(): boolean {
  return env.NEXTAUTH_URL?.startsWith("https://") ?? false;
}

export function sessionCookieName(): string {
  return `${usesSecureCookies() ? "__Secure-" : ""}next-auth.session-token`;
}

export function sessionCookieOptions() {
  return { httpOnly: true, sameSite: "lax", path: "/", secure: usesSecureCookies() } as const;
}

/** Does a cookie have the form of a session? Only the row tells whether it is valid. */
export function looksLikeSession(cookie: string | undefined): cookie is string {
  return cookie !== undefined && /^[\w-]{43}$/.test(cookie);
}
