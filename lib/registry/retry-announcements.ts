import { log } from "@/lib/platform/log";
import { currentRegistry } from "./current-registry";
import type { CaughtUp } from "./registry";

let round: Promise<CaughtUp> | undefined;

/**
 * What the worker does every half minute: announces what a Registry has not taken yet, and what it forgot when it
 * restarted. A round that is still waiting for a slow Registry is joined. Several workers may do it at once: announcing
 * twice is announcing.
 */
export function retryAnnouncements(signal: AbortSignal): Promise<CaughtUp> {
  round ??= catchUp(signal).finally(() => {
    round = undefined;
  });
  return round;
}

async function catchUp(signal: AbortSignal): Promise<CaughtUp> {
  const registry = currentRegistry();
  const result = await registry.catchUp(signal);
  if (result.announced + result.failed > 0)
    log.info({ registry: registry.address, ...result }, "announcements caught up");
  return result;
}
