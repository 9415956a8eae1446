import { authorize } from "@/lib/contracts/authorize";
import { authorizeDeploy } from "@/lib/contracts/grants";
import { type FieldError, Problem } from "@/lib/contracts/problem";
import type { EnvironmentChange } from "@/lib/contracts/service";
import { isStack } from "@/lib/contracts/stack-state";
import type { Actor } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { type Tx, transaction } from "@/lib/platform/db/client";
import { type Secrets, secretsOf } from "@/lib/platform/secrets/secret";
import { refusedFields, refuseWrongFields, wrongField } from "./draft-fields";
import {
  type EnvironmentListing,
  insertEnvironment,
  listEnvironment,
  markEnvironment,
  readEnvironment,
} from "./environment-store";
import { findServiceRow, lockServiceRow } from "./service-store";

/** A change creates one new revision, which takes effect at the next deployment. A change without effect creates none. */
export async function changeEnvironment(
  serviceName: string,
  { secret = {}, ...change }: Omit<EnvironmentChange, "secret"> & Partial<Pick<EnvironmentChange, "secret">>,
  actor: Actor,
): Promise<EnvironmentListing> {
  refuseContradictions(change);
  const id = await transaction(async (tx) => {
    const service = authorize(actor, "environment:update", await lockServiceRow(tx, serviceName));
    authorizeDeploy({ actor, ownerRole: service.ownerRole }, service.target);
    if (isStack(service)) throw new Problem("made-by-template", { params: { name: serviceName } });
    const current = (await readEnvironment(tx, service.id))?.values ?? {};
    const unset = new Set(change.unset);
    const kept = Object.entries(current).filter(([name]) => !unset.has(name));
    const refused = refusedFields(service.draft.driver, { environment: secretsOf(change.set) });
    refuseWrongFields(
      refused.map((field) => ({ ...field, path: ["set", ...field.path.slice(1)] })),
      {},
    );
    await replaceEnvironmentIn(tx, service, { ...Object.fromEntries(kept), ...secretsOf(change.set) }, actor);
    await chooseSecrets(tx, service, secret, actor);
    return service.id;
  });
  return listEnvironment(id);
}

function refuseContradictions({ set, unset }: Pick<EnvironmentChange, "set" | "unset">): void {
  const fields: FieldError[] = unset.flatMap((name, index) =>
    Object.hasOwn(set, name) ? [wrongField(["unset", index], "set-and-unset", { name })] : [],
  );
  if (fields.length > 0) throw new Problem("invalid-request", { fields });
}

/** Stores which variables of the current revision are secrets, within the caller's transaction. */
export async function chooseSecrets(
  tx: Tx,
  service: { id: string; name: string },
  secret: EnvironmentChange["secret"],
  actor: Actor,
): Promise<void> {
  if (Object.keys(secret).length === 0) return;
  const { values = {}, number: revision = 0 } = (await readEnvironment(tx, service.id)) ?? {};
  const unknown = Object.keys(secret).filter((name) => !Object.hasOwn(values, name));
  const fields = unknown.map((name) => wrongField(["secret", name], "not-found"));
  if (fields.length > 0) throw new Problem("invalid-request", { fields });
  await markEnvironment(tx, service.id, secret);
  const subject = { type: "service", id: service.id, name: service.name };
  await audit(tx, actor, "environment.change", subject, { secret, revision });
}

/** Replaces the service's environment with these values, in the caller's transaction, which has locked its row. */
export async function replaceEnvironmentIn(
  tx: Tx,
  service: { id: string; name: string },
  values: Secrets,
  actor: Actor,
): Promise<void> {
  const before = (await readEnvironment(tx, service.id))?.values ?? {};
  const set = Object.keys(values).filter((name) => !values[name]?.equals(before[name]));
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

/** Reveals one value to one person and audits it. A stack's values are its template's and need template:write. */
export async function revealEnvironment(
  serviceName: string,
  variable: string,
  actor: Actor,
): Promise<{ name: string; value: string }> {
  return transaction(async (tx) => {
    const service = authorize(actor, "environment:reveal", await findServiceRow(serviceName, tx));
    const { id } = service;
    if (isStack(service)) authorize(actor, "template:write");
    const values = (await readEnvironment(tx, id))?.values ?? {};
    const value = Object.hasOwn(values, variable) ? values[variable] : undefined;
    if (value === undefined) throw new Problem("not-found");
    await audit(tx, actor, "environment.reveal", { type: "service", id, name: serviceName }, { variable });
    return { name: variable, value: value.reveal() };
  });
}
