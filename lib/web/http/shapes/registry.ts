import * as z from "zod";
import { Droplet } from "@/lib/contracts/registration";

/** The Registry contract's envelopes (docs/registry.md). */

const timestamp = z.iso.datetime();

export const DropletAnswer = z.object({ droplet: Droplet, timestamp });
export const DropletsAnswer = z.object({ droplets: z.array(Droplet), total: z.int(), timestamp });
export const RegisteredAnswer = z.object({ success: z.literal(true), droplet_id: z.int(), message: z.string() });
export const RemovedAnswer = z.object({ success: z.literal(true), message: z.string(), deleted_at: timestamp });
export const RegistryHealth = z.object({
  status: z.literal("active"),
  service: z.literal("registry"),
  version: z.string(),
  timestamp,
});

export const RegistryCapabilities = z.object({
  version: z.string(),
  features: z.array(z.string()),
  dependencies: z.array(z.string()),
  udc_version: z.literal("1.0"),
});

/** A field that is missing or of the wrong type is 422 here, unlike in Landfall's own API. */
export const REGISTRY_STATUSES = { "invalid-request": 422, "malformed-json": 422 } as const;

export const DropletId = z.coerce.number().int().min(1).max(2_147_483_647);
export const DropletName = z.string().min(1).max(200);

export function registryHealth(version: string): z.infer<typeof RegistryHealth> {
  return { status: "active", service: "registry", version, timestamp: new Date().toISOString() };
}

export function registeredAnswer({ id, name }: Droplet): z.infer<typeof RegisteredAnswer> {
  return { success: true, droplet_id: id, message: `${name} was registered` };
}

export function removedAnswer({ name }: Droplet): z.infer<typeof RemovedAnswer> {
  return { success: true, message: `${name} was removed`, deleted_at: new Date().toISOString() };
}

export function dropletAnswer(droplet: Droplet): z.infer<typeof DropletAnswer> {
  return { droplet, timestamp: new Date().toISOString() };
}

export function registryCapabilities(version: string): z.infer<typeof RegistryCapabilities> {
  return { version, features: ["service_registry"], dependencies: ["postgresql"], udc_version: "1.0" };
}
