import { env } from "@/lib/platform/env";

/** How long a session lasts at most, whatever it is used for. */
export const SESSION_SECONDS = 7 * 24 * 60 * 60;
/** How long it lasts without being used. */
export const IDLE_SECONDS = 12 * 60 * 60;

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

/** Whether a cookie has the form of ours; only the row says whether it is one. */
export function looksLikeSession(cookie: string | undefined): cookie is string {
  return cookie !== undefined && /^[\w-]{43}$/.test(cookie);
}
