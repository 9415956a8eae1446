import type { Problem } from "@/lib/contracts/problem";
import type { TargetKind } from "@/lib/contracts/target";
import type { OwnedThing } from "@/lib/drivers/driver";
import { measureFolders } from "@/lib/drivers/inventory/folders";
import { listOwned } from "@/lib/drivers/inventory/list-owned";
import { hostPlaceOf } from "@/lib/targets/place";
import type { TargetRow } from "@/lib/targets/target-store";
import { openPlatformInventory } from "./platform-inventory";

/** What is ours on a target, whoever it belongs to. */
export interface Inventory {
  list(): Promise<{ things: OwnedThing[]; problems: Problem[] }>;
  /** Bytes by path, of folders. */
  measure(paths: readonly string[]): Promise<Map<string, number>>;
  close(): Promise<void>;
}

const OPENS: Record<TargetKind, (target: TargetRow) => Promise<Inventory>> = {
  local: onHost,
  ssh: onHost,
  dokploy: openPlatformInventory,
};

async function onHost(target: TargetRow): Promise<Inventory> {
  const place = await hostPlaceOf(target);
  return {
    list: () => listOwned(place),
    measure: (paths) => measureFolders(place, paths),
    close: () => place.host.close(),
  };
}

/** Throws why the target cannot be asked. */
export function openInventory(target: TargetRow): Promise<Inventory> {
  return OPENS[target.kind](target);
}
