import type { Actor } from "@/lib/contracts/user";
import { closePlace, placeOf } from "@/lib/targets/place";
import { findRunningService } from "./running-service";

export interface TailOptions {
  tail: number;
  follow: boolean;
  signal: AbortSignal;
}

/** The running service's own output. Who may and whether it can be reached is known before the first line. */
export async function tailServiceLog(
  serviceName: string,
  options: TailOptions,
  actor: Actor,
): Promise<AsyncIterable<string>> {
  const { name, running } = await findRunningService(serviceName, "service:read", actor);
  const place = await placeOf(running.target);
  return lines();

  async function* lines(): AsyncGenerator<string> {
    try {
      yield* running.driver.logs({ ...place, serviceName: name }, options);
    } finally {
      await closePlace(place);
    }
  }
}
