import type { RelyingParty } from "@/lib/domain/users/passkeys";
import { env } from "@/lib/platform/env";

/**
 * The console's address for browsers: NEXTAUTH_URL, else the address of the request. A passkey is bound to that host
 * name. The browser itself reports the page of the request, so a forged Host header gains nothing.
 */
export function relyingParty(headers: Pick<Headers, "get">): RelyingParty {
  if (env.NEXTAUTH_URL) {
    const { hostname, origin } = new URL(env.NEXTAUTH_URL);
    return { id: hostname, origins: [origin] };
  }
  const host = headers.get("host") ?? "localhost";
  const address = URL.canParse(`http://${host}`) ? new URL(`http://${host}`) : new URL("http://localhost");
  return { id: address.hostname, origins: [address.origin, `https://${address.host}`] };
}

/** The address that others than browsers are given of the console. */
export function consoleOrigin(headers: Pick<Headers, "get">): string {
  return relyingParty(headers).origins[0] ?? "http://localhost";
}
