import { randomBytes } from "node:crypto";
import { type NextRequest, NextResponse } from "next/server";
import { PAGE_HEADER, signInAddress } from "@/lib/contracts/own-address";
import { env } from "@/lib/platform/env";
import { looksLikeSession, sessionCookieName } from "@/lib/web/auth/session-cookie";
import { requestIdOf } from "@/lib/web/http/request-id";
import { contentSecurityPolicy, isOverTls, SECURITY_HEADERS, STRICT_TRANSPORT } from "@/lib/web/http/security-headers";

/** Pages that anyone may see. */
const PUBLIC_PAGES = ["/sign-in"];

/**
 * Runs before every page (routes under /api check requests themselves). The page asks the database whether a session is
 * still valid; here a request without a session cookie is redirected to the sign-in without rendering a page.
 */
export async function proxy(request: NextRequest): Promise<NextResponse> {
  const { pathname, search } = request.nextUrl;
  const hasSession = looksLikeSession(request.cookies.get(sessionCookieName())?.value);
  if (!hasSession && !isPublic(pathname))
    return withHeaders(isProgram(request) ? notFound(pathname) : toSignIn(request), request);

  const requestId = requestIdOf(request);
  const policy = contentSecurityPolicy(randomBytes(16).toString("base64"), {
    isDevelopment: env.NODE_ENV === "development",
  });
  const headers = new Headers(request.headers);
  headers.set("x-request-id", requestId);
  headers.set(PAGE_HEADER, pathname + search);
  // Next reads the nonce from the policy and adds it to the rendered scripts.
  headers.set("content-security-policy", policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("content-security-policy", policy);
  response.headers.set("x-request-id", requestId);
  return withHeaders(response, request);
}

/** A request with a token expects an answer that a program can read, not the sign-in page. */
function isProgram({ headers }: NextRequest): boolean {
  return headers.has("authorization") || headers.has("x-api-key");
}

/** The same answer as problemResponse, which needs modules that may not be loaded here. */
function notFound(pathname: string): NextResponse {
  const problem = { type: "/problems/not-found", title: "not-found", status: 404, code: "not-found" };
  return NextResponse.json(
    { ...problem, detail: `There is nothing at ${pathname}; the API is described at /api/openapi.json.` },
    { status: 404, headers: { "content-type": "application/problem+json", "cache-control": "no-store" } },
  );
}

function isPublic(pathname: string): boolean {
  return PUBLIC_PAGES.some((page) => pathname === page || pathname.startsWith(`${page}/`));
}

function toSignIn({ nextUrl }: NextRequest): NextResponse {
  return NextResponse.redirect(new URL(signInAddress(nextUrl.pathname + nextUrl.search), nextUrl));
}

function withHeaders(response: NextResponse, request: NextRequest): NextResponse {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.headers.set(name, value);
  if (isOverTls(request.headers, request.nextUrl.protocol))
    response.headers.set("strict-transport-security", STRICT_TRANSPORT);
  return response;
}

export const config = {
  matcher: [
    "/((?!api/|_next/|messages/|deploy(?:/|$)|(?:cli|health|capabilities|state|dependencies|message)$|.*\\.(?:ico|png|svg|txt|webmanifest|woff2)$).*)",
  ],
};
