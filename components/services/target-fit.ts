import type { DriverKind } from "@/lib/contracts/service";
import type { TargetView } from "@/lib/contracts/target";
import { carries } from "@/lib/contracts/target-kind";
import { toolsNeededBy } from "@/lib/drivers/catalogue";

export type Unfit =
  | { reason: "grant" }
  | { reason: "disabled" }
  | { reason: "driver" }
  | { reason: "tool"; tool: string };

/**
 * Why a service cannot run there with this driver; undefined where it can, as far as known. The server checks again.
 */
export function unfitnessOf(
  { kind, disabledAt, lastCheck, mayDeploy }: Pick<TargetView, "kind" | "disabledAt" | "lastCheck" | "mayDeploy">,
  driver: DriverKind,
): Unfit | undefined {
  if (!mayDeploy) return { reason: "grant" };
  if (disabledAt !== null) return { reason: "disabled" };
  if (!carries(kind, driver)) return { reason: "driver" };
  // A missing tool is null; one that the newest check did not look for is undefined.
  const tool = toolsNeededBy(driver).find((needed) => lastCheck?.tools[needed] === null);
  return tool === undefined ? undefined : { reason: "tool", tool };
}
