import { expect, test } from "vitest";
import type { DeploymentState } from "@/lib/contracts/deployment";
import { DEPLOYMENT_STATES } from "@/lib/contracts/deployment-state";
import { DOKPLOY_PHASES, type PhaseStatus } from "@/lib/contracts/phase";
import { sentencesIn } from "../sentences";
import { StackDeploymentAnswer } from "./stack";
import { currentPhase, type StackDeploymentRecord, stackDeploymentAnswer } from "./stack-deployment";

const phases = (...statuses: PhaseStatus[]): StackDeploymentRecord["phases"] =>
  DOKPLOY_PHASES.map((key, index) => {
    const status = statuses[index] ?? "pending";
    return { key, status, hasFailed: status === "failed" };
  });

test.each<[string, DeploymentState, PhaseStatus[], string]>([
  ["waits", "queued", [], "initializing"],
  ["runs", "running", ["succeeded", "running"], "creating_project"],
  ["is between two phases", "running", ["succeeded", "skipped"], "getting_environment"],
  ["is being taken back", "undoing", ["succeeded", "undone", "failed"], "getting_environment"],
  ["failed", "failed", ["undone", "undone", "failed"], "getting_environment"],
  ["was called off before it began", "cancelled", [], "initializing"],
  ["went through", "succeeded", Array<PhaseStatus>(9).fill("succeeded"), "completed"],
])("where one is that %s", (_, state, statuses, expected) => {
  expect(currentPhase({ state, phases: phases(...statuses) })).toBe(expected);
});

const aRecord = (change: Partial<StackDeploymentRecord> = {}): StackDeploymentRecord => ({
  id: "019a8f3e-2c44-7d10-9d3c-5b7f0a1e6c21",
  stackName: "mine",
  kind: "removal",
  state: "running",
  phases: phases("running"),
  problem: null,
  url: null,
  resources: { projectId: null, environmentId: null, applicationId: null, domainId: null },
  startedAt: null,
  finishedAt: null,
  durationMs: null,
  ...change,
});

test("a failure stays where it happened, and of what the machine said it has the first line", async () => {
  const problem = { code: "service-exited" as const, params: {}, detail: "exit code 1\n    at a line\n    at another" };
  const record = aRecord({ state: "failed", kind: "deploy", problem, phases: phases("undone", "undone", "failed") });
  const { deployment } = stackDeploymentAnswer(record, [], await sentencesIn("en"));
  expect(deployment).toMatchObject({ phase: "getting_environment", status: "failure", progress: 22 });
  expect(deployment.error).toMatchObject({
    code: "service-exited",
    message: expect.stringMatching(/ \(exit code 1\)$/),
  });
});

test.each(DEPLOYMENT_STATES)("one that is %s has a sentence in every language", async (state) => {
  const record = aRecord({ state });
  const answers = await Promise.all(
    (["en", "nl", "ar"] as const).map(async (locale) =>
      stackDeploymentAnswer(record, ["a line"], await sentencesIn(locale)),
    ),
  );
  const messages = answers.map((answer) => StackDeploymentAnswer.parse(answer).deployment.message);
  expect(new Set(messages).size).toBe(3);
  expect(messages.join(" ")).not.toMatch(/stackProgress|phases\./);
});
