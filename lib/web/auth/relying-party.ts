import type { RelyingParty } from "@/lib/domain/users/passkeys";
import { env } from "@/lib/platform/env";

/**
 * The console as browsers know it: by NEXTAUTH_URL, else by the address a request was sent to. A passkey belongs to that
 * host name; the browser itself says from which page it was asked, so a wrong Host header gains nothing.
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
