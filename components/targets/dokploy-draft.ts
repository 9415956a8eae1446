import type { EndpointMode } from "@/lib/contracts/dokploy";
import type { TargetView } from "@/lib/contracts/target";

/** A Dokploy server as it is typed: the answer says what is wrong with it. */
export interface DokployDraft {
  name: string;
  url: string;
  /** Empty: the one that is stored. */
  apiKey: string;
  httpPort: string;
  httpsPort: string;
  concurrency: string;
  endpointMode: EndpointMode;
  repair: boolean;
}

export const emptyDokploy: DokployDraft = {
  name: "",
  url: "",
  apiKey: "",
  httpPort: "80",
  httpsPort: "443",
  concurrency: "4",
  endpointMode: "vip",
  repair: false,
};

export function draftOfDokploy({ name, dokploy, concurrency }: TargetView): DokployDraft {
  if (!dokploy) return { ...emptyDokploy, name };
  const { url, httpPort, httpsPort, endpointMode, repair } = dokploy;
  return {
    name,
    url,
    apiKey: "",
    httpPort: String(httpPort),
    httpsPort: String(httpsPort),
    concurrency: String(concurrency),
    endpointMode,
    repair,
  };
}

/** What creating, changing and testing send. What is empty is left out: the answer says that it is needed. */
export function bodyOfDokploy(draft: DokployDraft) {
  return {
    name: typed(draft.name),
    url: typed(draft.url),
    apiKey: typed(draft.apiKey),
    httpPort: asNumber(draft.httpPort),
    httpsPort: asNumber(draft.httpsPort),
    concurrency: asNumber(draft.concurrency),
    endpointMode: draft.endpointMode,
    repair: draft.repair,
  };
}

/** `https://dokploy.example.com` may be called dokploy. An IP address suggests nothing. */
export function suggestedDokployName(url: string): string {
  const host = /^https?:\/\/([^/:]+)/.exec(url.trim().toLowerCase())?.[1] ?? "";
  const [first = ""] = host.split(".");
  return /^\d+$/.test(first) ? "" : first.replaceAll(/[^a-z0-9-]/g, "-").replaceAll(/^-+|-+$/g, "");
}

function typed(text: string): string | undefined {
  return text.trim() || undefined;
}

/** Text that is no number is sent as it is: the answer names the field. */
function asNumber(text: string): number | string | undefined {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  const value = Number(trimmed);
  return Number.isFinite(value) ? value : trimmed;
}
