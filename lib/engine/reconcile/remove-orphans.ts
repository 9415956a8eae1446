import { authorize } from "@/lib/contracts/authorize";
import type { OrphanRemoval, OrphansRemoved } from "@/lib/contracts/drift";
import { Problem, type ProblemData } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import type { OwnedThing } from "@/lib/drivers/driver";
import { audit } from "@/lib/platform/audit/audit";
import { db } from "@/lib/platform/db/client";
import { log } from "@/lib/platform/log";
import { lockServiceName } from "@/lib/services/service-store";
import type { TargetRow } from "@/lib/targets/target-store";
import { findOrphans, withInventory } from "./list-orphans";
import { listLiving } from "./living-store";
import { orphansAmong } from "./orphans";

/** A folder with a great many files. */
const REMOVE_MS = 120_000;

/**
 * Takes orphans off a target, one after another. It is looked at anew: what is no orphan any more, or not
 * ours, is kept. Throws not-found, or why the target cannot be asked.
 */
export async function removeOrphans(targetName: string, { ids }: OrphanRemoval, actor: Actor): Promise<OrphansRemoved> {
  authorize(actor, "resource:remove");
  return withInventory(targetName, async (inventory, target) => {
    const { things } = await findOrphans(inventory);
    const wanted = new Set(ids);
    const result: OrphansRemoved = { removed: [], kept: [] };
    for (const thing of things.filter(({ id }) => wanted.has(id))) {
      const problem = await removeOne(thing, target, actor);
      if (problem) result.kept.push({ id: thing.id, problem });
      else result.removed.push(thing.id);
      wanted.delete(thing.id);
    }
    const gone = new Problem("not-an-orphan").toData();
    return { ...result, kept: [...result.kept, ...[...wanted].map((id) => ({ id, problem: gone }))] };
  });
}

/** While it goes, nobody makes a service of its name: it would find its own folder being removed. */
async function removeOne(thing: OwnedThing, target: TargetRow, actor: Actor): Promise<ProblemData | null> {
  const { kind, name, serviceName: service } = thing;
  const work = () =>
    db.$transaction(
      async (tx) => {
        if (service !== null) await lockServiceName(tx, service);
        const living = await listLiving(tx, thing);
        if (orphansAmong([thing], living).length === 0) throw new Problem("not-an-orphan");
        await thing.remove();
        const subject = { type: "target", id: target.id, name: target.name };
        await audit(tx, actor, "target.remove-orphan", subject, { kind, name, service });
      },
      { timeout: REMOVE_MS },
    );
  try {
    await work();
    return null;
  } catch (error) {
    if (error instanceof Problem) return error.toData();
    log.warn({ err: error, target: target.name, kind, name }, "an orphan could not be removed");
    return new Problem("internal").toData();
  }
}
