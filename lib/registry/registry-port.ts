import type { RegistryPort } from "@/lib/drivers/driver";
import { currentRegistry } from "./current-registry";
import type { Patience, Registry } from "./registry";

/** A healthy service must not wait for a Registry that is away: one try, and the rest is done in the background. */
const GIVE_UP_MS = 4_000;

export function createRegistryPort(
  { serviceId }: { serviceId: string },
  registry: Registry = currentRegistry(),
): RegistryPort {
  return {
    announce: (announcement) => registry.announce(serviceId, announcement, quick()),
    withdraw: (serviceName) => registry.withdraw(serviceId, serviceName, quick()),
  };
}

function quick(): Patience {
  return { tries: 1, signal: AbortSignal.timeout(GIVE_UP_MS) };
}
