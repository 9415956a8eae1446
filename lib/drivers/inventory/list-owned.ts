import { Problem } from "@/lib/contracts/problem";
import type { HostPlace, OwnedThing } from "../driver";
import { listRoutes } from "../edge/inventory";
import { allDrivers } from "../registry";
import { listFolders } from "./folders";

/** Everything of ours on a host, whichever driver made it. What one cannot tell hides nothing of what the others can. */
export async function listOwned(place: HostPlace): Promise<{ things: OwnedThing[]; problems: Problem[] }> {
  const lists = [listFolders, listRoutes, ...allDrivers().flatMap(({ upkeep }) => upkeep?.inventory ?? [])];
  const results = await Promise.allSettled(lists.map((list) => list(place)));
  const failures = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
  return {
    things: results.flatMap((result) => (result.status === "fulfilled" ? result.value : [])),
    problems: failures.map((cause) => (cause instanceof Problem ? cause : new Problem("command-failed", { cause }))),
  };
}
