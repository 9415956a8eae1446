import { isDeepStrictEqual } from "node:util";
import { Problem } from "@/lib/contracts/problem";
import type { TargetChange } from "@/lib/contracts/target";
import type { Prisma, Tx } from "@/lib/platform/db/client";
import type { TargetRow } from "./target-row";

/** Another way to reach a target, ready to be written down. */
export interface ReachChange {
  columns: Prisma.TargetUncheckedUpdateInput;
  /** For the audit trail: each fact from what to what, nothing of what is sealed. */
  details: Prisma.InputJsonObject;
  /** Throws what is in its way once the row is held. */
  refuse?: (tx: Tx, target: TargetRow) => Promise<void>;
}

const ANYWHERE: readonly string[] = ["name", "concurrency", "disabled", "grants"];

export function reachFields(change: TargetChange): (keyof TargetChange)[] {
  const given = Object.entries(change).flatMap(([field, value]) => (value === undefined ? [] : field));
  return given.filter((field) => !ANYWHERE.includes(field)) as (keyof TargetChange)[];
}

/** Throws one problem that names every field which this kind of target does not have. */
export function refuseForeignFields(change: TargetChange, own: readonly (keyof TargetChange)[]): void {
  const fields = reachFields(change)
    .filter((field) => !own.includes(field))
    .map((field) => ({ path: [field], code: "unknown-field", message: "unknown-field" }));
  if (fields.length > 0) throw new Problem("invalid-request", { fields });
}

export function factsThatDiffer(was: Prisma.InputJsonObject, is: Prisma.InputJsonObject): Prisma.InputJsonObject {
  const names = Object.keys(is).filter((name) => !isDeepStrictEqual(was[name], is[name]));
  return Object.fromEntries(names.map((name) => [name, { from: was[name] ?? null, to: is[name] ?? null }]));
}
