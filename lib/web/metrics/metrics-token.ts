import { createHash, timingSafeEqual } from "node:crypto";
import { env } from "@/lib/platform/env";

/** Does the request carry METRICS_TOKEN, if set? Its address does not count: services share this machine's. */
export function hasMetricsToken(headers: Pick<Headers, "get">): boolean {
  if (env.METRICS_TOKEN === undefined) return false;
  const sent = /^Bearer\s+(.*)$/i.exec(headers.get("authorization") ?? "")?.[1]?.trim() ?? "";
  return timingSafeEqual(digest(sent), digest(env.METRICS_TOKEN.reveal()));
}

/** Digests have the same length for any input. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
