import { Problem } from "@/lib/contracts/problem";
import type { NewDokploy } from "@/lib/contracts/target";
import { Secret } from "@/lib/platform/secrets/secret";
import type { DokployTarget } from "./dokploy-target";

/** A Dokploy server as a person describes it. A key that is not given is the one of `known`. */
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

/** What the audit trail keeps: everything but what is sealed. */
export function dokployFacts({ settings: { goneAt: _, ...facts } }: DokployTarget) {
  return facts;
}
