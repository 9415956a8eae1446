import { isTrustedProxy } from "@/lib/web/auth/client-address";
import { peerOf } from "../auth/client-address";

/** What a page of ours may load and do: scripts of this request only, nothing from elsewhere, in nobody's frame. */
export function contentSecurityPolicy(nonce: string, { isDevelopment }: { isDevelopment: boolean }): string {
  const directives = {
    "default-src": "'self'",
    // React's development build uses eval for its error pages.
    "script-src": `'self' 'nonce-${nonce}' 'strict-dynamic'${isDevelopment ? " 'unsafe-eval'" : ""}`,
    "style-src": isDevelopment ? "'self' 'unsafe-inline'" : `'self' 'nonce-${nonce}'`,
    // Widths of bars and places of menus are style attributes in the first rendering; they can load nothing.
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

/** A year, and only said over TLS: over plain HTTP browsers ignore it, and a wrong promise locks people out. */
export const STRICT_TRANSPORT = "max-age=31536000; includeSubDomains";

/** What came over TLS to a proxy that we trust came over TLS. */
export function isOverTls(headers: Pick<Headers, "get">, protocol: string): boolean {
  const said = isTrustedProxy(peerOf(headers) ?? "")
    ? headers.get("x-forwarded-proto")?.split(",").at(-1)?.trim()
    : undefined;
  return (said ?? protocol.replace(":", "")) === "https";
}
