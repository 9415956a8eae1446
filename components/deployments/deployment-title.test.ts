import { expect, test } from "vitest";
import type { DeploymentState } from "@/lib/contracts/deployment";
import { deploymentIcon, deploymentTitle } from "./deployment-title";

const words = { phase: (key: string) => `phase ${key}`, state: (state: string) => `state ${state}` };
const phases = [
  { key: "transfer", status: "succeeded" },
  { key: "build", status: "running" },
] as never;

test.each([
  ["queued", "○ #42 state queued · hello-node", "running"],
  ["running", "● #42 phase build · hello-node", "running"],
  ["undoing", "● #42 state undoing · hello-node", "running"],
  ["succeeded", "✓ #42 state succeeded · hello-node", "succeeded"],
  ["failed", "✗ #42 state failed · hello-node", "failed"],
  ["stuck", "✗ #42 state stuck · hello-node", "failed"],
  ["cancelled", "– #42 state cancelled · hello-node", undefined],
] as [DeploymentState, string, string | undefined][])("a %s deployment is called %s", (state, title, icon) => {
  expect(deploymentTitle({ service: { name: "hello-node" }, number: 42, state, phases }, words)).toBe(title);
  expect(deploymentIcon(state)).toBe(icon);
});
