import type { DeploymentKind, DeploymentState } from "@/lib/contracts/deployment";
import type { Condition } from "@/lib/contracts/drift";
import type { StackState } from "@/lib/contracts/stack";

/** What of a stack decides its state. */
interface StackFacts {
  lastDeployment: { kind: DeploymentKind; state: DeploymentState } | null;
  /** Is there a release that should serve? */
  isDeployed: boolean;
  /** What the newest look at it saw. */
  condition: Condition | null;
}

/** One word for how a stack is. What is under way comes before what was seen, and what was seen before what was tried. */
export function stackState({ lastDeployment, isDeployed, condition }: StackFacts): StackState {
  if (!lastDeployment) return "waiting";
  const { kind, state } = lastDeployment;
  if (state === "stuck") return "stuck";
  if (state === "queued") return kind === "removal" ? "removing" : "waiting";
  if (state === "running" || state === "undoing") return kind === "removal" ? "removing" : "deploying";
  if (isDeployed && condition === "down") return "down";
  return state === "succeeded" || (state === "cancelled" && isDeployed) ? "running" : "failed";
}
