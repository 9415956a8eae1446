import * as z from "zod";
import { EndpointMode } from "@/lib/contracts/dokploy";
import { seal, unseal } from "@/lib/platform/secrets/seal";
import type { Secret } from "@/lib/platform/secrets/secret";
import { targetPlace } from "./ssh-target";

/** What a row of a Dokploy server holds: settings anybody may read, and its key, sealed. */

export const DokployTargetSettings = z.object({
  /** Without `/api`. */
  url: z.string(),
  /** Where its proxy answers for the domains of applications. */
  httpPort: z.int().default(80),
  httpsPort: z.int().default(443),
  /** `dnsrr` for a kernel without IPVS, where no virtual IP of the swarm answers. */
  endpointMode: EndpointMode.default("vip"),
  /** A stack that went down is deployed again without a person asking. */
  repair: z.boolean().default(false),
  /** Since when the environment, which named this server once, does not any more. */
  goneAt: z.string().nullable().default(null),
});
export type DokployTargetSettings = z.infer<typeof DokployTargetSettings>;

export interface DokployTarget {
  settings: DokployTargetSettings;
  secrets: { apiKey: Secret };
}

/** Null for a row that holds no such settings. */
export function toDokployTarget(row: {
  id: string;
  settings: unknown;
  sealedSecrets: string | null;
}): DokployTarget | null {
  const settings = DokployTargetSettings.safeParse(row.settings).data;
  if (!settings || row.sealedSecrets === null) return null;
  return { settings, secrets: unseal<DokployTarget["secrets"]>(row.sealedSecrets, targetPlace(row.id)) };
}

export function toDokployColumns(id: string, { settings, secrets }: DokployTarget) {
  return { settings, sealedSecrets: seal(secrets, targetPlace(id)) };
}
