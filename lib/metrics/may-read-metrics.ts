import { createHash, timingSafeEqual } from "node:crypto";
import { clientAddress } from "@/lib/auth/client-address";
import { env } from "@/lib/env";
import { peerOf } from "@/lib/http/peer";

/**
 * With METRICS_TOKEN whoever sends it; without, programs of this machine that come to us directly. A proxy on this
 * machine comes from here as well, but says in X-Forwarded-For for whom: both have to be this machine.
 */
export function mayReadMetrics(headers: Pick<Headers, "get">): boolean {
  if (env.METRICS_TOKEN === undefined) return isLoopback(peerOf(headers)) && isLoopback(clientAddress(headers));
  const sent = /^Bearer\s+(.*)$/i.exec(headers.get("authorization") ?? "")?.[1]?.trim() ?? "";
  return timingSafeEqual(digest(sent), digest(env.METRICS_TOKEN));
}

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(::1|(::ffff:)?127(\.\d{1,3}){3})$/.test(address);
}

/** Of one length, whatever was sent. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
