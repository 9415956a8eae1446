import { isTrustedProxy } from "@/lib/web/auth/client-address";
import { peerOf } from "../auth/client-address";

/** What our pages may load: only this request's scripts, nothing from other hosts. They cannot be framed. */
export function contentSecurityPolicy(nonce: string, { isDevelopment }: { isDevelopment: boolean }): string {
  const directives = {
    "default-src": "'self'",
    // React's development build uses eval for its error pages.
    "script-src": `'self' 'nonce-${nonce}' 'strict-dynamic'${isDevelopment ? " 'unsafe-eval'" : ""}`,
    "style-src": isDevelopment ? "'self' 'unsafe-inline'" : `'self' 'nonce-${nonce}'`,
    // Widths of bars and positions of menus are style attributes in the first rendering; they cannot load anything.
    "style-src-attr": "'unsafe-inline'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
  };
  return Object.entries(directives)
    .map(([name, value]) => `${name} ${value}`)
    .join("; ");
}

export const SECURITY_HEADERS = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  "cross-origin-opener-policy": "same-origin",
} as const;

/** One year, and only over TLS: over plain HTTP browsers ignore it, and a wrong promise locks people out. */
export const STRICT_TRANSPORT = "max-age=31536000; includeSubDomains";

/** A request that reached a trusted proxy over TLS counts as TLS. */
export function isOverTls(headers: Pick<Headers, "get">, protocol: string): boolean {
  const said = isTrustedProxy(peerOf(headers) ?? "")
    ? headers.get("x-forwarded-proto")?.split(",").at(-1)?.trim()
    : undefined;
  return (said ?? protocol.replace(":", "")) === "https";
}
