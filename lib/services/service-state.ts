import type { RuntimeState } from "@/lib/contracts/service";
import type { Actor } from "@/lib/contracts/user";
import { atServicePlace, findRunningService } from "./running-service";

const UNKNOWN: RuntimeState = { state: "unknown", releaseId: null, since: null, restarts: 0, exitCode: null };

/** What the host says now, not what was deployed last. Unknown where this process cannot look. */
export async function serviceState(serviceName: string, actor: Actor): Promise<RuntimeState> {
  const { name, running } = await findRunningService(serviceName, "service:read", actor);
  return (await atServicePlace(name, running.target, (place) => running.driver.state(place))) ?? UNKNOWN;
}
