import * as z from "zod";
import { seal, unseal } from "@/lib/secrets/seal";

/** What a row of a Dokploy server holds: settings anybody may read, and its key, sealed. */

export const DokployTargetSettings = z.object({
  /** Without `/api`. */
  url: z.string(),
  /** Where its proxy answers for the domains of applications. */
  httpPort: z.int().default(80),
  httpsPort: z.int().default(443),
  /** Since when the environment, which named this server once, does not any more. */
  goneAt: z.string().nullable().default(null),
});
export type DokployTargetSettings = z.infer<typeof DokployTargetSettings>;

export interface DokployTarget {
  settings: DokployTargetSettings;
  secrets: { apiKey: string };
}

/** Null for a row that holds no such settings. */
export function toDokployTarget(row: { settings: unknown; sealedSecrets: string | null }): DokployTarget | null {
  const settings = DokployTargetSettings.safeParse(row.settings).data;
  if (!settings || row.sealedSecrets === null) return null;
  return { settings, secrets: unseal<DokployTarget["secrets"]>(row.sealedSecrets) };
}

export function toDokployColumns({ settings, secrets }: DokployTarget) {
  return { settings, sealedSecrets: seal(secrets) };
}
