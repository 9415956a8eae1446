/* A worker with a stack in each of its phases is killed with SIGKILL: another worker must complete all of them. */
import { expect, onTestFinished } from "vitest";
import { isFinished } from "@/lib/contracts/deployment-state";
import type { PhaseKey } from "@/lib/contracts/phase";
import { requestRemoval } from "@/lib/engine/request-deployment";
import { NOTHING, type StackOptions, TestStack } from "../stacks/test-stack";
import { AskedDeployment, repeats } from "./deployment";
import { test } from "./machine";
import { until } from "./until";

interface Moment {
  phase: PhaseKey;
  /** The call whose answer is lost with the worker; it took effect, or not yet. */
  call?: string;
  when?: "before" | "after";
  /** The answer is lost only once the deployment's job runs, because earlier phases use the same call. */
  isUndo?: boolean;
  /** Options with which the phase lasts by itself. */
  options?: StackOptions;
  holdsJob?: boolean;
}

const FORWARD: Moment[] = [
  { phase: "initializing", call: "user.get", when: "before" },
  { phase: "creating_project", call: "project.create", when: "before" },
  { phase: "creating_project", call: "project.create", when: "after" },
  { phase: "getting_environment", call: "project.one", when: "before" },
  { phase: "creating_application", call: "application.create", when: "after" },
  { phase: "configuring_application", call: "application.update", when: "after" },
  { phase: "configuring_application", call: "mounts.create", when: "after" },
  { phase: "creating_domain", call: "domain.create", when: "after" },
  { phase: "deploying", call: "application.deploy", when: "before" },
  { phase: "deploying", call: "application.deploy", when: "after" },
  { phase: "deploying", holdsJob: true },
  { phase: "verifying_health", options: { image: "acme/app:1.0-late-8000", health: { portTimeoutMs: 40_000 } } },
  // The last phase, once completed, sends the server nothing: it has no moment for a kill.
];
const MISSING = { image: "acme/app:1-missing" };
const UNDO: Moment[] = [
  { phase: "creating_application", call: "application.delete", when: "after", options: MISSING },
  { phase: "creating_project", call: "project.remove", when: "after", options: MISSING },
];
const BACK: Moment[] = [
  { phase: "configuring_application", call: "application.update", when: "after", isUndo: true },
  { phase: "configuring_application", call: "application.deploy", when: "after", isUndo: true },
];
const REMOVAL: Moment[] = [
  { phase: "removing_domain", call: "domain.delete", when: "after" },
  { phase: "removing_application", call: "application.delete", when: "before" },
  { phase: "removing_application", call: "application.delete", when: "after" },
  { phase: "removing_project", call: "project.remove", when: "after" },
];

interface Held {
  stack: TestStack;
  deployment: AskedDeployment;
  moment: Moment;
  letGo: () => void;
}

test("kill -9 of the worker in every phase: each stack runs once, or nothing of it is left", async ({ machine }) => {
  // These stacks were deployed before the worker started.
  const removed = await Promise.all(REMOVAL.map((moment) => aStack(moment, { deployed: true })));
  const back = await Promise.all(BACK.map((moment) => aStack(moment, { deployed: true })));
  for (const { stack } of back) await stack.setImage("acme/app:2-crash");
  const made = await Promise.all(FORWARD.map((moment) => aStack(moment)));
  const undone = await Promise.all(UNDO.map((moment) => aStack(moment)));
  const manyAtOnce = { WORKER_CONCURRENCY: "32" };
  const worker = await machine.aWorker(manyAtOnce);
  const held = await Promise.all([...made, ...undone, ...back, ...removed].map(hold));
  await Promise.all(held.map(isThere));
  await worker.killNine();
  for (const { deployment } of held) expect(isFinished((await deployment.view()).state)).toBe(false);
  for (const { letGo } of held) letGo();

  await machine.aWorker(manyAtOnce);
  const views = await Promise.all(held.map(async (one) => ({ ...one, view: await one.deployment.ends(90_000) })));
  for (const { stack, moment, view } of views) {
    const what = `${view.kind} killed in ${moment.phase} (${moment.call ?? "while it lasts"})`;
    expect(`${view.state} ${view.problem?.code}`, what).toBe(endOf(moment));
    if (FORWARD.includes(moment)) expect(repeats(view), what).toEqual({ [moment.phase]: 2 });
    if (FORWARD.includes(moment) || BACK.includes(moment)) await runsOnce(stack, what);
    else expect({ ...stack.server.state(), volumes: [] }, what).toEqual(NOTHING);
  }
});

function endOf(moment: Moment): string {
  if (UNDO.includes(moment)) return "failed platform-deploy-failed";
  return BACK.includes(moment) ? "failed service-exited" : "succeeded undefined";
}

async function runsOnce(stack: TestStack, what: string): Promise<void> {
  expect((await stack.answer())?.image, what).toMatch(/^acme\/app:1\.0/);
  const one = [expect.anything()];
  expect(stack.server.state(), what).toMatchObject({ projects: one, applications: one, domains: one, mounts: one });
}

async function aStack(moment: Moment, { deployed = false } = {}) {
  const stack = await TestStack.make(moment.options);
  onTestFinished(() => stack.server.close());
  if (deployed) expect((await stack.deploy()).state).toBe("succeeded");
  stack.server.clearCalls();
  return { stack, moment };
}

async function hold({ stack, moment }: { stack: TestStack; moment: Moment }): Promise<Held> {
  const { call, when = "before", holdsJob, isUndo } = moment;
  const release = holdsJob || isUndo ? stack.server.holdJobs() : () => {};
  // A call without effect may be repeated while the other stacks reach their moments: it hangs until the kill.
  const times = when === "before" ? {} : { times: 1 };
  const lose = () => call && stack.server.faults.add({ kind: "hang", procedure: call, when, ...times });
  const letGo = () => {
    release();
    stack.server.faults.clear();
  };
  if (!isUndo) lose();
  const id = REMOVAL.includes(moment) ? (await requestRemoval(stack.name, stack.owner)).id : await stack.ask();
  const deployment = new AskedDeployment(id, stack.owner);
  if (isUndo) {
    await until("its job runs", () => stack.server.state().jobs.length > 0);
    lose();
    release();
  }
  return { stack, moment, letGo, deployment };
}

async function isThere({ stack, moment, deployment }: Held): Promise<void> {
  const { call, phase } = moment;
  if (!call) await deployment.reaches(phase);
  if (moment.holdsJob) await until("its job runs", () => stack.server.state().jobs.length > 0);
  const hangs = () => stack.server.calls.some(({ procedure, fault }) => procedure === call && fault === "hang");
  if (call) await until(`${call} hangs`, hangs);
}
