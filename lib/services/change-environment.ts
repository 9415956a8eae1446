import { audit } from "@/lib/audit/audit";
import { authorize } from "@/lib/contracts/authorize";
import { type FieldError, Problem } from "@/lib/contracts/problem";
import type { Environment, EnvironmentChange } from "@/lib/contracts/service";
import type { Actor } from "@/lib/contracts/user";
import { type Tx, transaction } from "@/lib/db/client";
import { wrongField } from "./draft-fields";
import { type EnvironmentListing, insertEnvironment, listEnvironment, readEnvironment } from "./environment-store";
import { lockServiceRow } from "./service-store";

/** One change is one new revision; it takes effect at the next deployment. A change that changes nothing makes none. */
export async function changeEnvironment(
  serviceName: string,
  change: EnvironmentChange,
  actor: Actor,
): Promise<EnvironmentListing> {
  refuseContradictions(change);
  const id = await transaction(async (tx) => {
    const service = authorize(actor, "environment:update", await lockServiceRow(tx, serviceName));
    if (service.templateId !== null) throw new Problem("made-by-template", { params: { name: serviceName } });
    const current = (await readEnvironment(tx, service.id))?.values ?? {};
    const unset = new Set(change.unset);
    const kept = Object.entries(current).filter(([name]) => !unset.has(name));
    await replaceEnvironmentIn(tx, service, Object.fromEntries([...kept, ...Object.entries(change.set)]), actor);
    return service.id;
  });
  return listEnvironment(id);
}

/** Makes exactly these values the service's environment, within a transaction of the caller's, which holds its row. */
export async function replaceEnvironmentIn(
  tx: Tx,
  service: { id: string; name: string },
  values: Environment,
  actor: Actor,
): Promise<void> {
  const before = (await readEnvironment(tx, service.id))?.values ?? {};
  const set = Object.keys(values).filter((name) => before[name] !== values[name]);
  const unset = Object.keys(before).filter((name) => !Object.hasOwn(values, name));
  if (set.length + unset.length === 0) return;
  const revision = await insertEnvironment(tx, service.id, values, actor);
  await audit(
    tx,
    actor,
    "environment.change",
    { type: "service", id: service.id, name: service.name },
    { set, unset, revision },
  );
}

function refuseContradictions({ set, unset }: EnvironmentChange): void {
  const fields: FieldError[] = unset.flatMap((name, index) =>
    Object.hasOwn(set, name) ? [wrongField(["unset", index], "set-and-unset", { name })] : [],
  );
  if (fields.length > 0) throw new Problem("invalid-request", { fields });
}
