import { isDeepStrictEqual } from "node:util";
import { authorize } from "@/lib/contracts/authorize";
import type { Grants, GrantsChange } from "@/lib/contracts/grants";
import { type FieldError, fieldProblem, Problem, type ProblemData, type ProblemParams } from "@/lib/contracts/problem";
import type { NewTarget, TargetChange, TargetRemoved, TargetView } from "@/lib/contracts/target";
import { carries } from "@/lib/contracts/target-kind";
import type { Actor } from "@/lib/contracts/user";
import { checkFolder } from "@/lib/hosts/source-access";
import { audit } from "@/lib/platform/audit/audit";
import { type Prisma, type Tx, transaction } from "@/lib/platform/db/client";
import { type IdempotencyOptions, once } from "@/lib/platform/db/idempotency";
import { env } from "@/lib/platform/env";
import { log } from "@/lib/platform/log";
import { refreshTargetCheck } from "./check-target";
import { type Description, factsThatDiffer, type ReachChange, reachFields, type Taken, type TargetRow } from "./kind";
import { kindOf } from "./registry";
import {
  countServicesOn,
  countTemplatesFor,
  findTargetRow,
  findTargetView,
  forgetTarget,
  insertTarget,
  lockTarget,
  lockTargetList,
  updateTarget,
} from "./target-store";

/** Targets are created, changed and removed by administrators. */

/**
 * Stores a server and checks it. A server over SSH must have shown the host key that a person confirmed. A failed
 * sign-in is the result of the check and not an error: the input is kept, and can be corrected.
 */
export async function createTarget(input: NewTarget, actor: Actor, options?: IdempotencyOptions): Promise<TargetView> {
  authorize(actor, "target:write");
  const taken = await descriptionOf(input).create(input);
  const { subjectId, repeated } = await transaction((tx) =>
    once(tx, actor, options, async () => ({ subjectId: await createIn(tx, input, taken, actor) })),
  );
  if (!repeated) await refreshTargetCheck(input.name);
  const created = await findTargetView(subjectId, actor);
  if (!created) throw new Problem("not-found");
  return created;
}

async function createIn(tx: Tx, input: NewTarget, { columns, facts }: Taken, actor: Actor): Promise<string> {
  const { name, kind, concurrency } = input;
  const targets = await lockTargetList(tx);
  if (targets.some((target) => target.name === name)) throw fieldProblem(["name"], "name-taken", { name });
  const { id } = await insertTarget(tx, { name, kind, concurrency, ...columns });
  await audit(tx, actor, "target.create", { type: "target", id, name }, { kind, concurrency, ...facts });
  return id;
}

/**
 * On every target an administrator can change how many deployments may run concurrently, whether any may, and who may
 * deploy. How a read-only target is reached is set by the environment, with one exception: a person confirms its host key.
 */
export async function changeTarget(name: string, change: TargetChange, actor: Actor): Promise<TargetView> {
  authorize(actor, "target:write");
  const target = await findTargetRow(name);
  if (!target) throw new Problem("not-found");
  const reach = reachFields(change).length > 0 ? await reachChange(target, change) : null;
  const isDone = await transaction((tx) => changeIn(tx, target, change, reach, actor));
  // Someone else changed how it is reached while its host key was read: start again from the current row.
  if (!isDone) return changeTarget(name, change, actor);
  if (reach) await refreshTargetCheck(change.name ?? name);
  const changed = await findTargetView(target.id, actor);
  if (!changed) throw new Problem("not-found");
  return changed;
}

/** Throws read-only for a target that only the environment describes, and names the fields of other kinds. */
async function reachChange(target: TargetRow, change: TargetChange): Promise<ReachChange> {
  const description = descriptionOf(target);
  const own = Object.keys(description.schema.shape);
  const fields = reachFields(change)
    .filter((field) => !own.includes(field))
    .map((field) => ({ path: [field], code: "unknown-field", message: "unknown-field" }));
  if (fields.length > 0) throw new Problem("invalid-request", { fields });
  return description.change(target, change);
}

function descriptionOf(target: { kind: string; name: string }): Description {
  const { description } = kindOf(target);
  if (!description) throw new Problem("read-only", { params: { name: target.name } });
  return description;
}

async function changeIn(
  tx: Tx,
  seen: TargetRow,
  change: TargetChange,
  reach: ReachChange | null,
  actor: Actor,
): Promise<boolean> {
  if (change.name !== undefined && change.name !== seen.name) await refuseName(tx, seen, change.name);
  const target = await lockTarget(tx, seen.name);
  if (!target) throw new Problem("not-found");
  if (reach && !isReachedAlike(target, seen)) return false;
  if (reach?.onlyWithoutServices) await refuseWithServices(tx, target, reach.onlyWithoutServices);
  if (change.disabled === false) refuseGone(target);
  if (change.grants) await changeGrantsIn(tx, target, change.grants, actor);
  const columns = { ...columnsOf(change, target), ...reach?.columns };
  const details = { ...detailsOf(change, target), ...reach?.details };
  if (Object.keys(columns).length === 0) return true;
  await updateTarget(tx, target.id, columns);
  if (Object.keys(details).length > 0)
    await audit(tx, actor, "target.change", { type: "target", id: target.id, name: target.name }, details);
  return true;
}

async function refuseName(tx: Tx, { name, readOnly }: TargetRow, wanted: string): Promise<void> {
  if (readOnly) throw new Problem("read-only", { params: { name } });
  const targets = await lockTargetList(tx);
  if (targets.some((target) => target.name === wanted)) throw fieldProblem(["name"], "name-taken", { name: wanted });
}

/** A target that the environment no longer names cannot be reached, so it cannot be enabled. */
function refuseGone({ name, settings }: TargetRow): void {
  if (typeof settings.goneAt === "string") throw new Problem("read-only", { params: { name } });
}

/** The change would leave the releases of the target's services behind. */
async function refuseWithServices(
  tx: Tx,
  { id, name }: TargetRow,
  { field, code }: NonNullable<ReachChange["onlyWithoutServices"]>,
): Promise<void> {
  const services = await countServicesOn(tx, id);
  if (services === 0) return;
  throw new Problem("target-in-use", {
    params: { target: name, services },
    fields: [{ path: [field], code, message: code }],
  });
}

function isReachedAlike(a: TargetRow, b: TargetRow): boolean {
  const reachOf = ({ settings, hostKey, sealedSecrets }: TargetRow) => ({ settings, hostKey, sealedSecrets });
  return isDeepStrictEqual(reachOf(a), reachOf(b));
}

function columnsOf({ name, concurrency, disabled }: TargetChange, target: TargetRow) {
  const isDisabled = target.disabledAt !== null;
  return {
    ...(name !== undefined && name !== target.name && { name }),
    ...(concurrency !== undefined && concurrency !== target.concurrency && { concurrency }),
    ...(disabled !== undefined && disabled !== isDisabled && { disabledAt: disabled ? new Date() : null }),
  };
}

function detailsOf(change: TargetChange, target: TargetRow): Prisma.InputJsonObject {
  const { disabledAt, ...columns } = columnsOf(change, target);
  return { ...columns, ...(disabledAt !== undefined && { disabled: disabledAt !== null }) };
}

/** Changes who may deploy there and what members may choose. The caller's transaction has locked the target's row. */
async function changeGrantsIn(tx: Tx, target: TargetRow, change: GrantsChange, actor: Actor): Promise<void> {
  const wrong = await findWrongGrants(tx, target, change);
  if (wrong.length > 0) throw new Problem("invalid-request", { fields: wrong });
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  const after: Grants = {
    ...target.grants,
    ...Object.fromEntries(given.map(([name, value]) => [name, unique(value)])),
  };
  const details = factsThatDiffer(target.grants, after);
  if (Object.keys(details).length === 0) return;
  await updateTarget(tx, target.id, { grants: after });
  const named = await withNames(tx, details, [...target.grants.people, ...after.people]);
  await audit(tx, actor, "target.grant", { type: "target", id: target.id, name: target.name }, named);
}

function unique(value: unknown): unknown {
  return Array.isArray(value) ? [...new Set(value)] : value;
}

/** People read the audit trail, so it contains names instead of ids. */
async function withNames(tx: Tx, details: ReturnType<typeof factsThatDiffer>, ids: readonly string[]) {
  const { people } = details as { people?: { from: string[]; to: string[] } };
  if (!people) return details;
  const rows = await tx.user.findMany({ where: { id: { in: [...ids] } }, select: { id: true, name: true } });
  const names = new Map(rows.map(({ id, name }) => [id, name]));
  const named = (list: string[]) => list.map((id) => names.get(id) ?? id);
  return { ...details, people: { from: named(people.from), to: named(people.to) } };
}

/** A field error for every grant that names something that does not exist. */
async function findWrongGrants(tx: Tx, target: TargetRow, change: GrantsChange): Promise<FieldError[]> {
  const { people = [], drivers = [], registries = [], sourceRoots = [] } = change;
  const users = await tx.user.findMany({ where: { id: { in: people } }, select: { id: true } });
  const signIns = await tx.imageRegistry.findMany({ where: { host: { in: registries } }, select: { host: true } });
  const folders = await Promise.all(sourceRoots.map((path) => checkFolder(path, env.LANDFALL_SOURCE_ROOTS)));
  return [
    ...people.flatMap((id, at) => (users.some((user) => user.id === id) ? [] : wrong(["people", at], "not-found"))),
    ...drivers.flatMap((driver, at) =>
      carries(target.kind, driver) ? [] : wrong(["drivers", at], "driver-not-for-target"),
    ),
    ...registries.flatMap((host, at) =>
      signIns.some((signIn) => signIn.host === host) ? [] : wrong(["registries", at], "no-sign-in", { host }),
    ),
    ...folders.flatMap((problem, at) => (problem ? wrong(["sourceRoots", at], problem) : [])),
  ];
}

function wrong(path: FieldError["path"], code: string, params?: ProblemParams): FieldError[] {
  return [{ path: ["grants", ...path], code, message: code, ...(params && { params }) }];
}

/**
 * Removes a target without services. Its name stays in the history of deployments; its address and keys are deleted.
 * What its services shared on the server is removed too, if the server answers and the folder contains nothing of
 * others. Otherwise the answer says why it was left: an unreachable server must not block the removal of its target.
 */
export async function removeTarget(name: string, actor: Actor): Promise<TargetRemoved> {
  authorize(actor, "target:write");
  const known = await findTargetRow(name);
  await transaction(async (tx) => {
    const target = await lockTarget(tx, name);
    if (!target) throw new Problem("not-found");
    if (target.readOnly) throw new Problem("read-only", { params: { name } });
    const services = await countServicesOn(tx, target.id);
    if (services > 0) throw new Problem("target-in-use", { params: { target: name, services } });
    const templates = await countTemplatesFor(tx, target.id);
    if (templates > 0) throw new Problem("target-in-use", { params: { target: name, services, templates } });
    await forgetTarget(tx, target.id);
    await audit(tx, actor, "target.remove", { type: "target", id: target.id, name }, { kind: target.kind });
  });
  return { left: known ? await clear(known) : null };
}

async function clear(target: TargetRow): Promise<ProblemData | null> {
  try {
    await kindOf(target).clear(target);
    return null;
  } catch (error) {
    log.warn({ err: error, target: target.name }, "what the services of a removed target shared is still on it");
    return (error instanceof Problem ? error : new Problem("internal", { cause: error })).toData();
  }
}
