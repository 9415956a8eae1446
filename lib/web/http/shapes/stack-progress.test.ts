import { expect, test } from "vitest";
import type { DeploymentEvent, NumberedEvent } from "@/lib/contracts/event";
import { fact, verbatim } from "@/lib/contracts/fact";
import { DOKPLOY_PHASES, HOST_PHASES } from "@/lib/contracts/phase";
import { sentencesIn } from "../sentences";
import { readEvents } from "../test-events";
import { StackComplete, StackFailure, StackProgress } from "./stack";
import type { StackDeploymentRecord } from "./stack-deployment";
import { stackFrames } from "./stack-progress";

const at = "2026-11-20T14:02:11.000Z";
const resources = { projectId: "p", environmentId: "e", applicationId: null, domainId: null };

function aRecord(change: Partial<StackDeploymentRecord> = {}): StackDeploymentRecord {
  return {
    id: "019a8f3e-2c44-7d10-9d3c-5b7f0a1e6c21",
    stackName: "mine",
    kind: "deploy",
    state: "running",
    phases: DOKPLOY_PHASES.map((key) => ({ key, status: "pending", hasFailed: false })),
    problem: null,
    url: "https://mine.example.com",
    resources,
    startedAt: at,
    finishedAt: null,
    durationMs: null,
    ...change,
  };
}

async function told(events: DeploymentEvent[], record = aRecord(), locale: "en" | "nl" | "ar" = "en") {
  async function* batches(): AsyncGenerator<NumberedEvent[]> {
    yield events.map((event, index) => ({ number: index + 1, event }));
  }
  const telling = { sentences: await sentencesIn(locale), read: async () => record };
  const frames: Uint8Array[] = [];
  for await (const frame of stackFrames(batches(), telling)) frames.push(frame);
  return readEvents(new Response(Buffer.concat(frames)));
}

const started = (phase: StackProgress["phase"]): DeploymentEvent => ({ type: "phase-started", phase, attempt: 1, at });
const finished = (phase: StackProgress["phase"], change: object = {}): DeploymentEvent =>
  ({ type: "phase-finished", phase, status: "succeeded", at, durationMs: 5, ...change }) as DeploymentEvent;

test("what happens in a phase is progress, with what is said of it in the caller's language", async () => {
  const events = [
    started("deploying"),
    { type: "phase-progress", phase: "deploying", detail: "pulling", progress: { done: 1, total: 2, unit: "steps" } },
    finished("deploying", { detail: "done in 5 ms" }),
  ] as DeploymentEvent[];
  const english = await told(events);
  const common = { phase: "deploying", message: "Pulling and starting the image", resources };
  expect(english.map(({ id, event, data }) => [id, event, StackProgress.strict().parse(data)])).toEqual([
    ["1", "progress", { ...common, status: "in_progress", progress: 67, currentStep: "Deploying" }],
    ["2", "progress", { ...common, status: "in_progress", progress: 72, currentStep: "pulling" }],
    ["3", "progress", { ...common, status: "success", progress: 78, currentStep: "done in 5 ms" }],
  ]);
  const facts = [fact("server-took", { took: 5_120 }), verbatim("acme/workspace:1")];
  const dutch = await told([finished("deploying", { detail: "the server took 5.12 s", facts })], aRecord(), "nl");
  expect(dutch[0]?.data.currentStep).toBe("de server deed er 5,12 s over; acme/workspace:1");
  const languages = await Promise.all(
    (["nl", "ar"] as const).map((locale) => told([started("deploying")], aRecord(), locale)),
  );
  const messages = languages.map(([first]) => first?.data.message);
  expect(new Set([...messages, "Pulling and starting the image"]).size).toBe(3);
});

test("a phase that fails says why; the last word says it again with its code", async () => {
  const problem = { code: "domain-taken" as const, params: { domain: "mine.example.com" } };
  const phases = aRecord().phases.map((phase) =>
    phase.key === "creating_domain"
      ? { ...phase, status: "failed" as const, hasFailed: true }
      : { ...phase, status: "undone" as const },
  );
  const record = aRecord({ state: "failed", problem, phases, durationMs: 900 });
  const events = [
    finished("creating_domain", { status: "failed", problem }),
    { type: "state", state: "undoing", at },
    { type: "phase-undone", phase: "creating_project", at, durationMs: 1 },
    { type: "state", state: "failed", at, problem, durationMs: 900 },
  ] as DeploymentEvent[];
  const [progress, last, ...more] = await told(events, record);
  expect(more).toEqual([]);
  expect(progress?.data).toMatchObject({ phase: "creating_domain", status: "failure", progress: 56 });
  expect(progress?.data.message).toContain("mine.example.com");
  expect([last?.id, last?.event]).toEqual(["4", "error"]);
  expect(StackFailure.strict().parse(last?.data)).toEqual({
    phase: "creating_domain",
    message: progress?.data.message,
    code: "domain-taken",
  });
});

test("success is told with the address and the seconds it took", async () => {
  const record = aRecord({ state: "succeeded", durationMs: 12_340 });
  const [last] = await told([{ type: "state", state: "succeeded", at, durationMs: 12_340 }], record);
  expect([last?.event, StackComplete.strict().parse(last?.data)]).toEqual([
    "complete",
    { url: "https://mine.example.com", status: "ready", resources, duration: 12.34 },
  ]);
  const removal = aRecord({ state: "succeeded", kind: "removal", url: null, durationMs: 1 });
  const [removed] = await told([{ type: "state", state: "succeeded", at }], removal);
  expect(removed?.data).toMatchObject({ url: null, status: "removed" });
});

test("one that was stuck and is being mended has not had its last word", async () => {
  const stuck: DeploymentEvent = { type: "state", state: "stuck", at };
  expect(await told([stuck], aRecord({ state: "undoing" }))).toEqual([]);
  expect((await told([stuck], aRecord({ state: "stuck" }))).map(({ event }) => event)).toEqual(["error"]);
});

test("logs and warnings are told elsewhere; a deployment on a host is told as well", async () => {
  const quiet = [
    { type: "log", phase: "deploying", firstLine: 1, lines: [[0, "o", "x"]] },
    { type: "warning", problem: { code: "certificate-pending", params: {} } },
    { type: "state", state: "running", at },
  ] as DeploymentEvent[];
  expect(await told(quiet)).toEqual([]);
  const phases = HOST_PHASES.map((key) => ({ key, status: "pending" as const, hasFailed: false }));
  const [build] = await told([started("build")], aRecord({ phases }));
  expect(build?.data).toMatchObject({ phase: "build", message: "Build", currentStep: "Build", progress: 33 });
});
