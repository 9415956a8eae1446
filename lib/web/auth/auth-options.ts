import { hkdfSync } from "node:crypto";
import type { NextAuthOptions } from "next-auth";
import Credentials from "next-auth/providers/credentials";
import { ownAddress } from "@/lib/contracts/own-address";
import { Problem } from "@/lib/contracts/problem";
import { isTransient } from "@/lib/platform/db/transient";
import { env } from "@/lib/platform/env";
import { log } from "@/lib/platform/log";
import { keyRing } from "@/lib/platform/secrets/key-ring";
import { clientAddress } from "./client-address";
import { sessionCookie } from "./current-user";
import { oauthProviders } from "./oauth-providers";
import { relyingParty } from "./relying-party";
import { SESSION_SECONDS, sessionCookieName, sessionCookieOptions, usesSecureCookies } from "./session-cookie";
import { endSession, findSession, startSession } from "./sessions";
import { findProviderUser, noteUnlinked, recordRefusedProvider, recordSignIn, signIn } from "./sign-in";

/**
 * next-auth talks to browsers and providers; sessions are ours. Where it would encrypt its claims into a cookie, a row
 * is created, and where it would decrypt a cookie, the row is read. Created per request: the environment is read late,
 * and the checks of a sign-in need its address.
 */
export function authOptions(headers: Headers): NextAuthOptions {
  const ip = clientAddress(headers);
  return {
    secret: authSecret(),
    session: { strategy: "jwt", maxAge: SESSION_SECONDS },
    jwt: {
      encode: async ({ token }) => (typeof token?.cookie === "string" ? token.cookie : newSession(token, headers, ip)),
      decode: async ({ token }) => ((await findSession(token, ip)) ? { cookie: token } : null),
    },
    useSecureCookies: usesSecureCookies(),
    cookies: { sessionToken: { name: sessionCookieName(), options: sessionCookieOptions() } },
    pages: { signIn: "/sign-in", signOut: "/sign-in", error: "/sign-in" },
    providers: [
      Credentials({
        credentials: { email: {}, password: {}, code: {}, passkey: {} },
        authorize: (credentials) => authorizeCredentials(credentials, headers, ip),
      }),
      ...oauthProviders(),
    ],
    callbacks: {
      signIn: async ({ user, account }) => {
        if (account?.type !== "oauth") return true;
        const { provider, providerAccountId } = account;
        const claimedEmail = "claimedEmail" in user && typeof user.claimedEmail === "string" ? user.claimedEmail : null;
        const said = { name: user.name ?? null, email: user.email ?? null, claimedEmail };
        const claimed = { provider, providerAccountId, ...said };
        const found = await findProviderUser(claimed);
        if (found) await recordSignIn(found, account.provider, ip);
        else {
          await recordRefusedProvider(claimed, ip);
          await noteUnlinked(claimed);
        }
        return found !== null;
      },
      jwt: async ({ token, user, account }) => (account ? claimsOf(user, account) : token),
      session: ({ session }) => ({ expires: session.expires }),
      redirect: ({ url, baseUrl }) => ownAddress(url, baseUrl),
    },
    events: {
      signOut: async () => endSession(sessionCookie(headers)),
    },
    logger: {
      error: (code, details) => log.error({ code, err: details }, "sign-in"),
      warn: (code) => log.debug({ code }, "sign-in"),
      debug: () => {},
    },
  };
}

/** next-auth sends an error's message to the browser, so it must be a problem's code and nothing else. */
async function authorizeCredentials(credentials: unknown, headers: Headers, ip: string) {
  try {
    return await signIn(credentials, ip, relyingParty(headers));
  } catch (error) {
    if (error instanceof Problem && error.detail === undefined) throw error;
    log.error({ err: error }, "sign-in");
    throw new Problem(isTransient(error) ? "database-unavailable" : "internal", { cause: error });
  }
}

/** The claims that next-auth passes from a sign-in to the session's row. */
async function claimsOf(
  user: { id: string; via?: unknown; strong?: unknown },
  account: { type: string; provider: string; providerAccountId: string },
) {
  if (account.type !== "oauth") return { sub: user.id, via: String(user.via), strong: user.strong === true };
  const found = await findProviderUser({ ...account, email: null });
  if (!found) throw new Problem("sign-in-failed");
  // The provider vouches for the person, with the factors that it requires.
  return { sub: found.id, via: account.provider, strong: true };
}

/** A new session replaces the browser's previous one. */
async function newSession(token: Record<string, unknown> | undefined, headers: Headers, ip: string): Promise<string> {
  if (typeof token?.sub !== "string") throw new Problem("sign-in-failed");
  await endSession(sessionCookie(headers));
  const { sub: userId, via, strong } = token;
  return startSession({
    userId,
    via: String(via),
    strong: strong === true,
    ip,
    userAgent: headers.get("user-agent"),
  });
}

/** Signs next-auth's short-lived cookies during a provider's sign-in: the operator's own secret, or a derived one. */
function authSecret(): string {
  if (env.NEXTAUTH_SECRET) return env.NEXTAUTH_SECRET.reveal();
  const [first] = keyRing();
  return Buffer.from(hkdfSync("sha256", first.bytes, "", "landfall session", 32)).toString("hex");
}
