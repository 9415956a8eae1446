import { openEngine } from "@/lib/platform/docker/engine";
import type { HostPlace } from "../../driver";
import { inventory } from "../inventory";
import { removeUnusedNetwork } from "../network";

/** Removes everything of a base directory from its engine: containers before the images and volumes they use. */
export async function removeAllOfBase(place: HostPlace): Promise<void> {
  const things = await inventory(place);
  for (const kind of ["container", "image", "volume"])
    for (const thing of things) if (thing.kind === kind) await thing.remove();
  await removeUnusedNetwork(await openEngine(place.host), place);
}
