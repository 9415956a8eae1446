import { randomBytes } from "node:crypto";
import { type NextRequest, NextResponse } from "next/server";
import {
  makeSessionToken,
  readSessionToken,
  SESSION_SECONDS,
  type SessionToken,
  sessionCookieName,
  sessionCookieOptions,
} from "@/lib/auth/session-token";
import { env } from "@/lib/env";
import { requestIdOf } from "@/lib/http/request-id";
import { contentSecurityPolicy, isOverTls, SECURITY_HEADERS, STRICT_TRANSPORT } from "@/lib/http/security-headers";

/** Pages that anybody may see. */
const PUBLIC_PAGES = ["/sign-in"];
/** A session that is used goes on: its cookie is renewed at most this often. */
const RENEW_AFTER_SECONDS = 30 * 60;

/**
 * Runs before every page (routes under /api look after themselves). Whether a session still holds is asked of the
 * database by the page; here a cookie that cannot be one is sent to sign in without a page being made.
 */
export async function proxy(request: NextRequest): Promise<NextResponse> {
  const session = await readSessionToken(request.cookies.get(sessionCookieName())?.value);
  if (!session && !isPublic(request.nextUrl.pathname)) return withHeaders(toSignIn(request), request);

  const requestId = requestIdOf(request);
  const policy = contentSecurityPolicy(randomBytes(16).toString("base64"), {
    isDevelopment: env.NODE_ENV === "development",
  });
  const headers = new Headers(request.headers);
  headers.set("x-request-id", requestId);
  // Next reads the nonce out of the policy and puts it on what it renders.
  headers.set("content-security-policy", policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("content-security-policy", policy);
  response.headers.set("x-request-id", requestId);
  if (session && isOld(session)) await renew(response, session);
  return withHeaders(response, request);
}

function isPublic(pathname: string): boolean {
  return PUBLIC_PAGES.some((page) => pathname === page || pathname.startsWith(`${page}/`));
}

/** Comes back afterwards to where they wanted to go. */
function toSignIn(request: NextRequest): NextResponse {
  const { pathname, search } = request.nextUrl;
  const url = request.nextUrl.clone();
  url.pathname = "/sign-in";
  url.search = pathname === "/" ? "" : `?${new URLSearchParams({ next: pathname + search })}`;
  return NextResponse.redirect(url);
}

function isOld({ iat }: SessionToken): boolean {
  return Date.now() / 1_000 - iat > RENEW_AFTER_SECONDS;
}

async function renew(response: NextResponse, session: SessionToken): Promise<void> {
  const value = await makeSessionToken({ id: session.sub, sessionVersion: session.sessionVersion });
  response.cookies.set(sessionCookieName(), value, { ...sessionCookieOptions(), maxAge: SESSION_SECONDS });
}

function withHeaders(response: NextResponse, request: NextRequest): NextResponse {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.headers.set(name, value);
  if (isOverTls(request.headers, request.nextUrl.protocol))
    response.headers.set("strict-transport-security", STRICT_TRANSPORT);
  return response;
}

export const config = {
  matcher: ["/((?!api/|_next/|deploy(?:/|$)|health$|capabilities$|.*\\.(?:ico|png|svg|txt|webmanifest|woff2)$).*)"],
};
