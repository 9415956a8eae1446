import { DeploymentState, isFinished } from "@/lib/contracts/deployment";
import type { Standing } from "@/lib/contracts/overview";
import type { ServiceSummary } from "@/lib/contracts/service";

/** The same answer that the overview's query gives (lib/overview/standing-store.ts). */
export function standingOf({
  lastDeployment,
  currentRelease,
  check,
}: Pick<ServiceSummary, "lastDeployment" | "currentRelease" | "check">): Standing {
  const state = lastDeployment ? DeploymentState.parse(lastDeployment.state) : null;
  if (state !== null && !isFinished(state)) return "changing";
  if (check?.condition === "down") return "down";
  if (state === "failed" || state === "stuck") return "failed";
  return currentRelease ? "serving" : "idle";
}
