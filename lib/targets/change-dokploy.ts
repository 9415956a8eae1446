import { Problem } from "@/lib/contracts/problem";
import type { TargetChange } from "@/lib/contracts/target";
import { toDokployColumns, toDokployTarget } from "./dokploy-target";
import { factsThatDiffer, type ReachChange, refuseForeignFields } from "./reach-change";
import { dokployFacts } from "./take-dokploy";
import type { TargetRow } from "./target-row";

const FIELDS = ["url", "apiKey", "httpPort", "httpsPort"] as const;

/** Another address or key of a Dokploy server; whether it works is told by the look that follows. */
export async function changedDokploy(target: TargetRow, change: TargetChange): Promise<ReachChange> {
  refuseForeignFields(change, FIELDS);
  const before = target.readOnly ? null : toDokployTarget(target);
  if (!before) throw new Problem("read-only", { params: { name: target.name } });
  const { url, httpPort, httpsPort } = { ...before.settings, ...given(change) };
  const apiKey = change.apiKey ?? before.secrets.apiKey;
  const after = { settings: { url, httpPort, httpsPort, goneAt: null }, secrets: { apiKey } };
  const isNewKey = apiKey !== before.secrets.apiKey;
  return {
    columns: toDokployColumns(after),
    details: { ...factsThatDiffer(dokployFacts(before), dokployFacts(after)), ...(isNewKey && { apiKey: "changed" }) },
  };
}

function given({ url, httpPort, httpsPort }: TargetChange) {
  const fields = Object.entries({ url, httpPort, httpsPort }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(fields) as Partial<{ url: string; httpPort: number; httpsPort: number }>;
}
