import { Problem } from "@/lib/contracts/problem";
import { env } from "@/lib/platform/env";

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * A browser sends our cookie with whatever any site makes it request, so a change by cookie must come from our own
 * pages. Every browser of the last years says where a request came from; one that does not say is refused.
 */
export function requireSameOrigin(request: Request): void {
  if (SAFE_METHODS.has(request.method)) return;
  const site = request.headers.get("sec-fetch-site");
  if (site !== null ? site === "same-origin" : isOurs(request.headers.get("origin"), request)) return;
  throw new Problem("cross-origin");
}

function isOurs(origin: string | null, request: Request): boolean {
  if (origin === null || !URL.canParse(origin)) return false;
  const { host } = new URL(origin);
  if (env.NEXTAUTH_URL && host === new URL(env.NEXTAUTH_URL).host) return true;
  return host === request.headers.get("host");
}
