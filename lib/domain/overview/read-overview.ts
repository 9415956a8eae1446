/*
 * The console's first page in a few reads, each of which is bounded: by an index on what is under way, or by a window of
 * time. Its cost does not grow with the history.
 */
import { ownedBy, servicesWithin } from "@/lib/contracts/authorize";
import type { Overview } from "@/lib/contracts/overview";
import type { TargetView } from "@/lib/contracts/target";
import type { Actor } from "@/lib/contracts/user";
import { listTargets } from "@/lib/targets/target-store";
import { readDays } from "./day-store";
import { readRunning } from "./running-store";
import { findServiceIds, readStatuses } from "./status-store";

export async function readOverview(actor: Actor, timeZone: string, now = new Date()): Promise<Overview> {
  const reach = servicesWithin(ownedBy(actor, "deployment:read"));
  const serviceIds = Object.keys(reach).length === 0 ? null : await findServiceIds(reach);
  const [running, statuses, activity, targets] = await Promise.all([
    readRunning(serviceIds),
    readStatuses(serviceIds),
    readDays(serviceIds, timeZone, now),
    listTargets(),
  ]);
  return { running, ...statuses, ...activity, targets: targets.map(toReach) };
}

/** Whether a target can be used, and nothing of how it is reached. */
function toReach({ id, name, kind, disabledAt, lastCheck, lastCheckAt }: TargetView): Overview["targets"][number] {
  return { id, name, kind, disabledAt, lastCheck, lastCheckAt };
}
