import type { DeploymentKind, DeploymentState } from "./deployment-state";
import type { Condition } from "./drift";
import type { DriverKind } from "./service";

/* What a stack is, and which states it has. No zod here: the first load of a page has none. */

/** A stack is a service that was created from a template; in queries, one whose `template_id` is not null. */
export function isStack(service: { templateId: string | null }): boolean {
  return service.templateId !== null;
}

/** The driver of every template's stacks. */
export const STACK_DRIVER: DriverKind = "dokploy";

/** The states of a stack. */
export const STACK_STATES = ["waiting", "deploying", "running", "down", "failed", "removing", "stuck"] as const;
export type StackState = (typeof STACK_STATES)[number];

/** What decides the state of a stack. */
interface StackFacts {
  lastDeployment: { kind: DeploymentKind; state: DeploymentState } | null;
  /** Does it have a current release? */
  isDeployed: boolean;
  /** The result of its newest check. */
  condition: Condition | null;
}

/** A running deployment decides the state first, then the newest check, then the result of the last deployment. */
export function stackState({ lastDeployment, isDeployed, condition }: StackFacts): StackState {
  if (!lastDeployment) return "waiting";
  const { kind, state } = lastDeployment;
  if (state === "stuck") return "stuck";
  if (state === "queued") return kind === "removal" ? "removing" : "waiting";
  if (state === "running" || state === "undoing") return kind === "removal" ? "removing" : "deploying";
  if (isDeployed && condition === "down") return "down";
  return state === "succeeded" || (state === "cancelled" && isDeployed) ? "running" : "failed";
}

/** The actions that a stack's state allows; a pure function, the same in browser and server. */
export function allowedOnStack({ state, rollbackTo }: { state: StackState; rollbackTo: object | null }) {
  const isResting = state === "running" || state === "down" || state === "failed";
  return {
    repair: state === "down",
    redeploy: isResting,
    rollback: isResting && rollbackTo !== null,
    remove: isResting || state === "stuck",
  };
}
