import { authorize } from "@/lib/contracts/authorize";
import type { Orphans } from "@/lib/contracts/drift";
import { Problem } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import type { HostPlace } from "@/lib/drivers/driver";
import { measureFolders } from "@/lib/drivers/inventory/folders";
import { listOwned } from "@/lib/drivers/inventory/list-owned";
import { hostPlaceOf } from "@/lib/targets/place";
import { findTargetRow, type TargetRow } from "@/lib/targets/target-store";
import { listLiving } from "./living-store";
import { orphansAmong, toOrphan } from "./orphans";

/** What is ours on a target's host and nobody's any more. Throws not-found, or why the host cannot be asked. */
export async function listOrphans(targetName: string, actor: Actor): Promise<Orphans> {
  authorize(actor, "resource:remove");
  return atHostOf(targetName, async (place) => {
    const { things, problems } = await findOrphans(place);
    const sizes = await measureFolders(
      place,
      things.flatMap(({ path }) => path ?? []),
    );
    return {
      items: things.map((thing) => ({ ...toOrphan(thing), bytes: sizes.get(thing.path ?? "") ?? thing.bytes })),
      problems: problems.map((problem) => problem.toData()),
    };
  });
}

/** The rows are read after the host: what a deployment makes in between has its row by then. */
export async function findOrphans(place: HostPlace) {
  const { things, problems } = await listOwned(place);
  return { things: orphansAmong(things, await listLiving()), problems };
}

export async function atHostOf<T>(
  targetName: string,
  work: (place: HostPlace, target: TargetRow) => Promise<T>,
): Promise<T> {
  const target = await findTargetRow(targetName);
  if (!target) throw new Problem("not-found");
  const place = await hostPlaceOf(target);
  try {
    return await work(place, target);
  } finally {
    await place.host.close();
  }
}
