import type { DriverKind } from "./service";
import type { StackSummary } from "./stack";

/** What a person is told of a stack in one word. */
export const STACK_STATES = ["waiting", "deploying", "running", "down", "failed", "removing", "stuck"] as const;

/** Which of the things one may do; a pure function of its state, the same in browser and server. */
export function allowedOnStack({ state, rollbackTo }: Pick<StackSummary, "state" | "rollbackTo">) {
  const isResting = state === "running" || state === "down" || state === "failed";
  return {
    repair: state === "down",
    redeploy: isResting,
    rollback: isResting && rollbackTo !== null,
    remove: isResting || state === "stuck",
  };
}

/** Drivers that run stacks: what they do is told to people who are not operators. */
export const STACK_DRIVERS: ReadonlySet<DriverKind> = new Set(["dokploy"]);
