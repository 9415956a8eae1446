import type { RegistryPort } from "@/lib/drivers/driver";
import { env } from "@/lib/platform/env";
import type { EventFor } from "@/lib/platform/outbox/domain-events";
import { builtInRegistry } from "./built-in-registry";
import { ExternalRegistry } from "./external-registry";
import type { Patience, Registry } from "./registry";

let external: Registry | undefined;

/** This installation's Registry. One per process, so that its circuit breaker sees every call. */
export function currentRegistry(): Registry {
  if (!env.REGISTRY_URL) return builtInRegistry;
  external ??= new ExternalRegistry({ url: env.REGISTRY_URL, token: env.REGISTRY_TOKEN?.reveal() });
  return external;
}

/** A healthy service must not wait for an unavailable Registry: one try, and the outbox delivers the rest. */
const GIVE_UP_MS = 4_000;

/** Announces a deployment's service. */
export function createRegistryPort(
  { serviceId }: { serviceId: string },
  registry: Registry = currentRegistry(),
): RegistryPort {
  const patience = (): Patience => ({ tries: 1, signal: AbortSignal.timeout(GIVE_UP_MS) });
  return {
    announce: (announcement) => registry.announce(serviceId, announcement, patience()),
    withdraw: (serviceName) => registry.withdraw(serviceId, serviceName, patience()),
  };
}

/** A pending update for a Registry that is no longer the current one stays in its row. */
export async function deliverRegistration(
  { registry: address, name }: EventFor<"registrations">,
  { signal }: { signal: AbortSignal },
): Promise<void> {
  const registry = currentRegistry();
  if (registry.address === address) await registry.deliver(name, signal);
}

let round: Promise<void> | undefined;

/** Publishes again what the Registry has lost. Joins a run that still waits for a slow Registry. */
export function remindRegistry(signal: AbortSignal): Promise<void> {
  round ??= currentRegistry()
    .remind(signal)
    .finally(() => {
      round = undefined;
    });
  return round;
}
