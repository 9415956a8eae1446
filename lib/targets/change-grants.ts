import type { Grants, GrantsChange } from "@/lib/contracts/grants";
import { type FieldError, Problem, type ProblemParams } from "@/lib/contracts/problem";
import { STACK_DRIVERS } from "@/lib/contracts/stack-state";
import type { Actor } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import type { Tx } from "@/lib/platform/db/client";
import { env } from "@/lib/platform/env";
import { checkFolder } from "@/lib/sources/folder-source";
import { factsThatDiffer } from "./reach-change";
import type { TargetRow } from "./target-row";
import { updateTarget } from "./target-store";

/** Decides anew who may deploy there and what members may choose. The caller's transaction holds the target's row. */
export async function changeGrantsIn(tx: Tx, target: TargetRow, change: GrantsChange, actor: Actor): Promise<void> {
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

/** The trail is read by people: it has names where the row has ids. */
async function withNames(tx: Tx, details: ReturnType<typeof factsThatDiffer>, ids: readonly string[]) {
  const { people } = details as { people?: { from: string[]; to: string[] } };
  if (!people) return details;
  const rows = await tx.user.findMany({ where: { id: { in: [...ids] } }, select: { id: true, name: true } });
  const names = new Map(rows.map(({ id, name }) => [id, name]));
  const named = (list: string[]) => list.map((id) => names.get(id) ?? id);
  return { ...details, people: { from: named(people.from), to: named(people.to) } };
}

/** Everything that is granted and is not there. */
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
