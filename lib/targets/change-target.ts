import { isDeepStrictEqual } from "node:util";
import { authorize } from "@/lib/contracts/authorize";
import type { Grants, GrantsChange } from "@/lib/contracts/grants";
import { type FieldError, fieldProblem, Problem, type ProblemParams } from "@/lib/contracts/problem";
import { STACK_DRIVERS } from "@/lib/contracts/stack-state";
import type { TargetChange, TargetView } from "@/lib/contracts/target";
import type { Actor } from "@/lib/contracts/user";
import { checkFolder } from "@/lib/hosts/source-access";
import { audit } from "@/lib/platform/audit/audit";
import { type Prisma, type Tx, transaction } from "@/lib/platform/db/client";
import { env } from "@/lib/platform/env";
import { refreshTargetCheck } from "./check-target";
import { changedReach, factsThatDiffer, type ReachChange, reachFields } from "./reach-change";
import type { TargetRow } from "./target-row";
import { findTargetRow, findTargetView, lockTarget, lockTargetList, updateTarget } from "./target-store";

/**
 * On every target an administrator can change how many deployments may run concurrently, whether any may, and who may
 * deploy. How a read-only target is reached is set by the environment, with one exception: a person confirms its host key.
 */
export async function changeTarget(name: string, change: TargetChange, actor: Actor): Promise<TargetView> {
  authorize(actor, "target:write");
  const target = await findTargetRow(name);
  if (!target) throw new Problem("not-found");
  const reach = reachFields(change).length > 0 ? await changedReach(target, change) : null;
  const isDone = await transaction((tx) => changeIn(tx, target, change, reach, actor));
  // Someone else changed how it is reached while its key was asked for: start again from the current row.
  if (!isDone) return changeTarget(name, change, actor);
  if (reach) await refreshTargetCheck(change.name ?? name);
  const changed = await findTargetView(target.id, actor);
  if (!changed) throw new Problem("not-found");
  return changed;
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
  await reach?.refuse?.(tx, target);
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

/** People read the audit trail: it has names where the row has ids. */
async function withNames(tx: Tx, details: ReturnType<typeof factsThatDiffer>, ids: readonly string[]) {
  const { people } = details as { people?: { from: string[]; to: string[] } };
  if (!people) return details;
  const rows = await tx.user.findMany({ where: { id: { in: [...ids] } }, select: { id: true, name: true } });
  const names = new Map(rows.map(({ id, name }) => [id, name]));
  const named = (list: string[]) => list.map((id) => names.get(id) ?? id);
  return { ...details, people: { from: named(people.from), to: named(people.to) } };
}

/** A wrong field for everything that is granted and does not exist. */
async function findWrongGrants(tx: Tx, target: TargetRow, change: GrantsChange): Promise<FieldError[]> {
  const { people = [], drivers = [], registries = [], sourceRoots = [] } = change;
  const users = await tx.user.findMany({ where: { id: { in: people } }, select: { id: true } });
  const signIns = await tx.imageRegistry.findMany({ where: { host: { in: registries } }, select: { host: true } });
  const folders = await Promise.all(sourceRoots.map((path) => checkFolder(path, env.LANDFALL_SOURCE_ROOTS)));
  return [
    ...people.flatMap((id, at) => (users.some((user) => user.id === id) ? [] : wrong(["people", at], "not-found"))),
    ...drivers.flatMap((driver, at) =>
      STACK_DRIVERS.has(driver) === (target.kind === "dokploy") ? [] : wrong(["drivers", at], "driver-not-for-target"),
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
