import * as z from "zod";
import { EndpointMode } from "@/lib/contracts/dokploy";
import { Problem } from "@/lib/contracts/problem";
import type { NewDokploy } from "@/lib/contracts/target";
import { seal, unseal } from "@/lib/platform/secrets/seal";
import { Secret } from "@/lib/platform/secrets/secret";
import { targetPlace } from "./ssh-target";

/** The row of a Dokploy server: settings that anyone may read, and its encrypted key. */

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

/** Reads a Dokploy server as a person describes it. A key that is not given is the one of `known`. */
export function takeDokploy(
  {
    url,
    apiKey,
    httpPort,
    httpsPort,
    endpointMode,
    repair,
  }: Partial<Pick<NewDokploy, "apiKey">> & Omit<NewDokploy, "name" | "apiKey">,
  known: DokployTarget | null,
): DokployTarget {
  const key = apiKey === undefined ? known?.secrets.apiKey : new Secret(apiKey);
  if (key === undefined)
    throw new Problem("invalid-request", { fields: [{ path: ["apiKey"], code: "required", message: "required" }] });
  return { settings: { url, httpPort, httpsPort, endpointMode, repair, goneAt: null }, secrets: { apiKey: key } };
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

/** What the audit trail keeps: everything that is not encrypted. */
export function dokployFacts({ settings: { goneAt: _, ...facts } }: DokployTarget) {
  return facts;
}
