import { expect, test } from "vitest";
import { DEPLOYMENT_KINDS, DEPLOYMENT_STATES, type DeploymentKind, type DeploymentState } from "./deployment-state";
import { STACK_STATES, stackState } from "./stack-state";

const of = (kind: DeploymentKind, state: DeploymentState, more = {}) =>
  stackState({ lastDeployment: { kind, state }, isDeployed: true, condition: "good", ...more });

test.each([
  ["deploy", "queued", "waiting"],
  ["deploy", "running", "deploying"],
  ["deploy", "undoing", "deploying"],
  ["deploy", "succeeded", "running"],
  ["deploy", "failed", "failed"],
  ["deploy", "cancelled", "running"],
  ["deploy", "stuck", "stuck"],
  ["rollback", "running", "deploying"],
  ["rollback", "succeeded", "running"],
  ["removal", "queued", "removing"],
  ["removal", "running", "removing"],
  ["removal", "failed", "failed"],
  ["removal", "stuck", "stuck"],
] as const)("a %s that is %s: %s", (kind, state, expected) => {
  expect(of(kind, state)).toBe(expected);
});

test("what is down is down, whatever was tried last, but not while something is under way", () => {
  expect(of("deploy", "succeeded", { condition: "down" })).toBe("down");
  expect(of("deploy", "failed", { condition: "down" })).toBe("down");
  expect(of("deploy", "running", { condition: "down" })).toBe("deploying");
  expect(of("deploy", "succeeded", { condition: "unknown" })).toBe("running");
});

test("nothing that never ran is called running", () => {
  expect(of("deploy", "cancelled", { isDeployed: false })).toBe("failed");
  expect(stackState({ lastDeployment: null, isDeployed: false, condition: null })).toBe("waiting");
});

test("every state of every kind has a word, and every word is used", () => {
  const words = DEPLOYMENT_KINDS.flatMap((kind) =>
    DEPLOYMENT_STATES.flatMap((state) => [of(kind, state), of(kind, state, { condition: "down" })]),
  );
  expect(new Set(words)).toEqual(new Set(STACK_STATES));
});
