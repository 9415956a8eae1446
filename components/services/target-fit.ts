import type { DriverKind } from "@/lib/contracts/service";
import type { TargetView } from "@/lib/contracts/target";

/** The tool that a driver needs and that a target's newest check may have found missing. */
const TOOLS: Partial<Record<DriverKind, string>> = { docker: "docker", systemd: "systemd" };

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
  if ((kind === "dokploy") !== (driver === "dokploy")) return { reason: "driver" };
  const tool = TOOLS[driver];
  if (tool && lastCheck?.tools[tool] === null) return { reason: "tool", tool };
  return undefined;
}
