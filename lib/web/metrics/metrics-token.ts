import { createHash, timingSafeEqual } from "node:crypto";
import { env } from "@/lib/platform/env";

/** Does the request carry METRICS_TOKEN? Never true where there is none. The sender's address does not count: services share this machine's. */
export function hasMetricsToken(headers: Pick<Headers, "get">): boolean {
  if (env.METRICS_TOKEN === undefined) return false;
  const sent = /^Bearer\s+(.*)$/i.exec(headers.get("authorization") ?? "")?.[1]?.trim() ?? "";
  return timingSafeEqual(digest(sent), digest(env.METRICS_TOKEN.reveal()));
}

/** Of one length, whatever was sent. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
