import { env } from "@/lib/platform/env";
import { builtInRegistry } from "./built-in-registry";
import { ExternalRegistry } from "./external-registry";
import type { Registry } from "./registry";

let external: Registry | undefined;

/** The Registry of this installation. One per process, so that its circuit breaker sees every call. */
export function currentRegistry(): Registry {
  if (!env.REGISTRY_URL) return builtInRegistry;
  external ??= new ExternalRegistry({ url: env.REGISTRY_URL, token: env.REGISTRY_TOKEN?.reveal() });
  return external;
}
