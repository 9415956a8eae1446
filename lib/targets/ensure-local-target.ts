import { transaction } from "@/lib/platform/db/client";
import { freeName } from "./free-name";
import { machineId } from "./machine-id";
import { insertLocalTarget, lockTargetList, machineOf, type TargetRow, updateTarget } from "./target-store";

/**
 * The read-only row for the machine this runs on; made at the first start, found at every later one. It says whether
 * services there are kept apart, which takes root (lib/drivers/process/supervisor/cage.ts).
 */
export async function ensureLocalTarget(isolates = process.getuid?.() === 0): Promise<TargetRow> {
  const machine = await machineId();
  return transaction(async (tx) => {
    const targets = await lockTargetList(tx);
    const known = targets.find((target) => target.kind === "local" && machineOf(target) === machine);
    const target = known ?? (await insertLocalTarget(tx, freeName("this-machine", targets), machine));
    if (target.settings.isolates !== isolates)
      await updateTarget(tx, target.id, { settings: { ...target.settings, isolates } });
    return { ...target, settings: { ...target.settings, isolates }, isolates };
  });
}
