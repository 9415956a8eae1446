import { transaction } from "@/lib/db/client";
import { freeName } from "./free-name";
import { machineId } from "./machine-id";
import { insertLocalTarget, lockTargetList, machineOf, type TargetRow } from "./target-store";

/** The read-only row for the machine this runs on; made at the first start, found at every later one. */
export async function ensureLocalTarget(): Promise<TargetRow> {
  const machine = await machineId();
  return transaction(async (tx) => {
    const targets = await lockTargetList(tx);
    const known = targets.find((target) => target.kind === "local" && machineOf(target) === machine);
    if (known) return known;
    return insertLocalTarget(tx, freeName("this-machine", targets), machine);
  });
}
