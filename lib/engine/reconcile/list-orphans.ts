import { authorize } from "@/lib/contracts/authorize";
import type { Orphans } from "@/lib/contracts/drift";
import { Problem } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import { findTargetRow, type TargetRow } from "@/lib/targets/target-store";
import { type Inventory, openInventory } from "./inventory";
import { listLiving } from "./living-store";
import { orphansAmong, toOrphan } from "./orphans";

/** What is ours on a target and nobody's any more. Throws not-found, or why the target cannot be asked. */
export async function listOrphans(targetName: string, actor: Actor): Promise<Orphans> {
  authorize(actor, "resource:remove");
  return withInventory(targetName, async (inventory) => {
    const { things, problems } = await findOrphans(inventory);
    const sizes = await inventory.measure(things.flatMap(({ path }) => path ?? []));
    return {
      items: things.map((thing) => ({ ...toOrphan(thing), bytes: sizes.get(thing.path ?? "") ?? thing.bytes })),
      problems: problems.map((problem) => problem.toData()),
    };
  });
}

/** The rows are read after the target: what a deployment makes in between has its row by then. */
export async function findOrphans(inventory: Inventory) {
  const { things, problems } = await inventory.list();
  return { things: orphansAmong(things, await listLiving()), problems };
}

export async function withInventory<T>(
  targetName: string,
  work: (inventory: Inventory, target: TargetRow) => Promise<T>,
): Promise<T> {
  const target = await findTargetRow(targetName);
  if (!target) throw new Problem("not-found");
  const inventory = await openInventory(target);
  try {
    return await work(inventory, target);
  } finally {
    await inventory.close();
  }
}
