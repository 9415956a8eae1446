import type { Actor } from "@/lib/contracts/user";
import { createPieceMask } from "@/lib/platform/secrets/mask";
import { closePlace, placeOf } from "@/lib/targets/place";
import { findRunningService } from "./running-service";
import { currentServiceMask } from "./service-mask";

export interface TailOptions {
  tail: number;
  follow: boolean;
  signal: AbortSignal;
}

/** The running service's own output, its secrets masked. Who may and whether it can be reached is known before the first line. */
export async function tailServiceLog(
  serviceName: string,
  options: TailOptions,
  actor: Actor,
): Promise<AsyncIterable<string>> {
  const { name, running } = await findRunningService(serviceName, "service:read", actor);
  const place = await placeOf(running.target);
  const currentMask = currentServiceMask(running.serviceId);
  let mask = await currentMask();
  const masked = createPieceMask((text, cut) => mask(text, cut));
  return lines();

  async function* lines(): AsyncGenerator<string> {
    try {
      const since = running.journalStart;
      for await (const { text, goesOn } of running.driver.logs(
        { ...place, serviceName: name },
        { ...options, since },
      )) {
        mask = await currentMask();
        yield masked(text, goesOn);
      }
    } finally {
      await closePlace(place);
    }
  }
}
