import { Problem } from "@/lib/contracts/problem";
import type { NewDokploy } from "@/lib/contracts/target";
import type { DokployTarget } from "./dokploy-target";

/** A Dokploy server as a person describes it. A key that is not given is the one of `known`. */
export function takeDokploy(
  { url, apiKey, httpPort, httpsPort }: Partial<Pick<NewDokploy, "apiKey">> & Omit<NewDokploy, "name" | "apiKey">,
  known: DokployTarget | null,
): DokployTarget {
  const key = apiKey ?? known?.secrets.apiKey;
  if (key === undefined)
    throw new Problem("invalid-request", { fields: [{ path: ["apiKey"], code: "required", message: "required" }] });
  return { settings: { url, httpPort, httpsPort, goneAt: null }, secrets: { apiKey: key } };
}

/** What the audit trail keeps: everything but what is sealed. */
export function dokployFacts({ settings: { url, httpPort, httpsPort } }: DokployTarget) {
  return { url, httpPort, httpsPort };
}
