import { typedOf } from "@/components/forms/contract-values";
import type { EndpointMode } from "@/lib/contracts/dokploy";
import type { TargetView } from "@/lib/contracts/target";

/** The values of the Dokploy form's controls, in the shape of its contract. */
export interface DokployValues {
  name: string;
  url: string;
  /** Empty: the stored key is kept. */
  apiKey: string;
  httpPort: string;
  httpsPort: string;
  concurrency: string;
  endpointMode: EndpointMode;
  repair: boolean;
}

export const emptyDokploy: DokployValues = {
  name: "",
  url: "",
  apiKey: "",
  httpPort: "80",
  httpsPort: "443",
  concurrency: "4",
  endpointMode: "vip",
  repair: false,
};

export function valuesOfDokploy({ name, dokploy, concurrency }: TargetView): DokployValues {
  if (!dokploy) return { ...emptyDokploy, name };
  const { url, httpPort, httpsPort, endpointMode, repair } = dokploy;
  const typed = typedOf({ name, url, httpPort, httpsPort, concurrency, endpointMode, repair });
  return { ...emptyDokploy, ...(typed as Partial<DokployValues>) };
}

/** Suggests dokploy for `https://dokploy.example.com`, and nothing for an IP address. */
export function suggestedDokployName(url: string): string {
  const host = /^https?:\/\/([^/:]+)/.exec(url.trim().toLowerCase())?.[1] ?? "";
  const [first = ""] = host.split(".");
  return /^\d+$/.test(first) ? "" : first.replaceAll(/[^a-z0-9-]/g, "-").replaceAll(/^-+|-+$/g, "");
}
