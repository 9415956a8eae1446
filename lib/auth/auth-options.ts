import type { NextAuthOptions } from "next-auth";
import Credentials from "next-auth/providers/credentials";
import { Problem } from "@/lib/contracts/problem";
import { db } from "@/lib/db/client";
import { isTransient } from "@/lib/db/is-transient";
import { log } from "@/lib/log";
import { clientAddress } from "./client-address";
import { oauthProviders } from "./oauth-providers";
import { findProviderUser } from "./oauth-sign-in";
import { recordSignIn, signInWithPassword } from "./password-sign-in";
import { authSecret } from "./secret";
import {
  decodeSession,
  SESSION_SECONDS,
  sessionCookieName,
  sessionCookieOptions,
  usesSecureCookies,
} from "./session-token";

/** Made per request: the environment is read late, and a sign-in's address must be known to what checks it. */
export function authOptions(headers: Headers): NextAuthOptions {
  const ip = clientAddress(headers);
  return {
    secret: authSecret(),
    session: { strategy: "jwt", maxAge: SESSION_SECONDS },
    jwt: { decode: decodeSession },
    useSecureCookies: usesSecureCookies(),
    cookies: { sessionToken: { name: sessionCookieName(), options: sessionCookieOptions() } },
    pages: { signIn: "/sign-in", signOut: "/sign-in", error: "/sign-in" },
    providers: [
      Credentials({
        credentials: { email: { type: "email" }, password: { type: "password" } },
        authorize: (credentials) => authorizePassword(credentials, ip),
      }),
      ...oauthProviders(),
    ],
    callbacks: {
      signIn: async ({ user, account }) => {
        if (account?.type !== "oauth") return true;
        const found = await findProviderUser({ ...account, email: user.email ?? null });
        if (found) await recordSignIn(found, account.provider, ip);
        return found !== null;
      },
      jwt: async ({ token, user, account }) => (account ? tokenOf(user, account) : token),
      session: ({ session }) => ({ expires: session.expires }),
      redirect: ({ url, baseUrl }) => ownAddress(url, baseUrl),
    },
    logger: {
      error: (code, details) => log.error({ code, err: details }, "sign-in"),
      warn: (code) => log.debug({ code }, "sign-in"),
      debug: () => {},
    },
  };
}

/** next-auth hands an error's message to the browser, so it must be a problem's code and nothing else. */
async function authorizePassword(credentials: unknown, ip: string): Promise<{ id: string }> {
  try {
    return { id: await signInWithPassword(credentials, ip) };
  } catch (error) {
    if (error instanceof Problem && error.detail === undefined) throw error;
    log.error({ err: error }, "sign-in");
    throw new Problem(isTransient(error) ? "database-unavailable" : "internal", { cause: error });
  }
}

/** What a new session says: who, and which of their sessions still hold. Name and role are asked of the row, always. */
async function tokenOf(
  user: { id: string; email?: string | null },
  account: { type: string; provider: string; providerAccountId: string },
) {
  const found =
    account.type === "oauth"
      ? await findProviderUser({ ...account, email: user.email ?? null })
      : await db.user.findUnique({ where: { id: user.id } });
  if (!found) throw new Problem("sign-in-failed");
  return { sub: found.id, sessionVersion: found.sessionVersion };
}

/** A page of ours, whatever was asked for: nobody is sent to another site by signing in. */
export function ownAddress(url: string, baseUrl: string): string {
  const base = new URL(baseUrl);
  const wanted = URL.canParse(url, base) ? new URL(url, base) : base;
  return wanted.origin === base.origin ? wanted.href : base.href;
}
