import { transaction } from "@/lib/db/client";
import { machineId } from "./machine-id";
import { insertLocalTarget, lockLocalTargets, type TargetRow } from "./target-store";

export const LOCAL_TARGET_NAME = "this-machine";

/** The read-only row for the machine this runs on; made at the first start, found at every later one. */
export async function ensureLocalTarget(): Promise<TargetRow> {
  const machine = await machineId();
  return transaction(async (tx) => {
    const { names, byMachine } = await lockLocalTargets(tx);
    return byMachine.get(machine) ?? insertLocalTarget(tx, freeName(new Set(names)), machine);
  });
}

/** A second machine on the same database is `this-machine-2`. */
export function freeName(taken: ReadonlySet<string>): string {
  if (!taken.has(LOCAL_TARGET_NAME)) return LOCAL_TARGET_NAME;
  let number = 2;
  while (taken.has(`${LOCAL_TARGET_NAME}-${number}`)) number += 1;
  return `${LOCAL_TARGET_NAME}-${number}`;
}
