import { authorize } from "@/lib/contracts/authorize";
import { Problem } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { transaction } from "@/lib/platform/db/client";
import { readEnvironment } from "./environment-store";
import { findServiceRow } from "./service-store";

/** One value, for one person, and the trail says so. A stack's are its template's, which answers its values to nobody. */
export async function revealEnvironment(
  serviceName: string,
  variable: string,
  actor: Actor,
): Promise<{ name: string; value: string }> {
  return transaction(async (tx) => {
    const { id, draft } = authorize(actor, "environment:reveal", await findServiceRow(serviceName, tx));
    if (draft.driver === "dokploy") authorize(actor, "template:write");
    const values = (await readEnvironment(tx, id))?.values ?? {};
    const value = Object.hasOwn(values, variable) ? values[variable] : undefined;
    if (value === undefined) throw new Problem("not-found");
    await audit(tx, actor, "environment.reveal", { type: "service", id, name: serviceName }, { variable });
    return { name: variable, value: value.reveal() };
  });
}
