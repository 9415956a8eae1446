import { Problem } from "@/lib/contracts/problem";
import type { TargetChange } from "@/lib/contracts/target";
import { Secret } from "@/lib/platform/secrets/secret";
import { type DokployTargetSettings, dokployFacts, toDokployColumns, toDokployTarget } from "./dokploy-target";
import { factsThatDiffer, type ReachChange, refuseForeignFields } from "./reach-change";
import type { TargetRow } from "./target-row";

const FIELDS = ["url", "apiKey", "httpPort", "httpsPort", "endpointMode", "repair"] as const;

/** Another address or key of a Dokploy server; whether it works is told by the look that follows. */
export async function changedDokploy(target: TargetRow, change: TargetChange): Promise<ReachChange> {
  refuseForeignFields(change, FIELDS);
  const before = target.readOnly ? null : toDokployTarget(target);
  if (!before) throw new Problem("read-only", { params: { name: target.name } });
  const apiKey = change.apiKey === undefined ? before.secrets.apiKey : new Secret(change.apiKey);
  const after = { settings: { ...before.settings, ...given(change), goneAt: null }, secrets: { apiKey } };
  const isNewKey = !apiKey.equals(before.secrets.apiKey);
  return {
    columns: toDokployColumns(target.id, after),
    details: { ...factsThatDiffer(dokployFacts(before), dokployFacts(after)), ...(isNewKey && { apiKey: "changed" }) },
  };
}

function given({ url, httpPort, httpsPort, endpointMode, repair }: TargetChange) {
  const all = { url, httpPort, httpsPort, endpointMode, repair };
  const fields = Object.entries(all).filter(([, value]) => value !== undefined);
  return Object.fromEntries(fields) as Partial<DokployTargetSettings>;
}
