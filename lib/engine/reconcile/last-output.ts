import type { AnyDriver, ServicePlace } from "@/lib/drivers/driver";
import { readEnvironment } from "@/lib/engine/phase-context";
import { log } from "@/lib/platform/log";
import { createMask } from "@/lib/platform/secrets/mask";
import type { WantedService } from "./service-check-store";

const LINES = 20;
const LONGEST_LINE = 2_000;
const READ_MS = 10_000;

/** The last lines that a service logged before it went down, masked; empty when they cannot be read. */
export async function lastOutput(
  driver: AnyDriver,
  place: ServicePlace<object>,
  { release }: WantedService,
): Promise<string[]> {
  const mask = createMask(Object.values(await readEnvironment(release.spec)));
  const signal = AbortSignal.timeout(READ_MS);
  const lines: string[] = [];
  try {
    for await (const { text } of driver.logs(place, { tail: LINES, follow: false, signal })) lines.push(text);
  } catch (error) {
    log.warn({ err: error, service: place.serviceName }, "the last lines of a service could not be read");
  }
  return lines.slice(-LINES).map((line) => mask(line.replaceAll("\0", "")).slice(0, LONGEST_LINE));
}
