/* Every call of a stack's life fails in every way, before and after it took effect: nothing is duplicated or left
   over. */
import { afterAll, describe, expect, type TestContext, test } from "vitest";
import type { DeploymentView } from "@/lib/contracts/deployment";
import { queue } from "@/lib/platform/queue/boss";
import type { Fault } from "../dokploy/stand-in";
import { NOTHING, TestStack } from "./test-stack";

afterAll(async () => {
  await (await queue()).stop({ graceful: false });
});

const KINDS = ["500", "429", "502-html", "slow", "hang", "reset"] as const;
/** A slow call is the same whether the delay comes before or afterwards. */
const WAYS = KINDS.flatMap((kind) =>
  (kind === "slow" ? (["before"] as const) : (["before", "after"] as const)).map((when) => ({ kind, when })),
);

/** The reads of a first deployment; the first test below fails when this list is incomplete. */
const READS = [
  "settings.getDokployVersion",
  "user.get",
  "project.all",
  "project.one",
  "application.one",
  "domain.byApplicationId",
  "overview.domains",
  "swarm.getNodeApps",
  "deployment.all",
  "deployment.readLogs",
  "docker.getServiceContainersByAppName",
  "docker.getContainersByAppNameMatch",
  "docker.getConfig",
];
const CHANGES = [
  "project.create",
  "application.create",
  "application.update",
  "mounts.create",
  "domain.create",
  "application.deploy",
];
const REMOVALS = [
  "domain.delete",
  "application.cleanQueues",
  "application.delete",
  "dockerVolume.removeVolume",
  "project.remove",
];
/** Requested only while something does not exist yet. */
const SOMETIMES = ["deployment.queueList", "application.readLogs"];

type Finish = TestContext["onTestFinished"];

async function aStack(onFinished: Finish, tries?: number): Promise<TestStack> {
  const stack = await TestStack.make({ ...(tries !== undefined && { tries }) });
  onFinished(() => stack.server.close());
  return stack;
}

function fault(kind: Fault["kind"], procedure: Fault["procedure"], more: Partial<Fault> = {}): Fault {
  return { kind, procedure, times: 1, delayMs: 300, retryAfterS: 0, ...more };
}

test("these are all the calls there are", async ({ onTestFinished }) => {
  const stack = await aStack(onTestFinished);
  await stack.deploy();
  await stack.remove({ data: true });
  const asked = [...new Set(stack.server.calls.map(({ procedure }) => procedure))];
  expect(asked.filter((name) => !SOMETIMES.includes(name)).sort()).toEqual([...READS, ...CHANGES, ...REMOVALS].sort());
});

describe.concurrent("a first deployment", () => {
  for (const kind of KINDS)
    test(`comes up although each of its reads fails once: ${kind}`, async ({ onTestFinished }) => {
      const stack = await aStack(onTestFinished);
      for (const procedure of READS) stack.server.faults.add(fault(kind, procedure));
      await isUpOnce(stack, await stack.deploy());
    });

  for (const { kind, when } of WAYS)
    test(`comes up although each of its changes fails once, ${when} it took effect: ${kind}`, async ({
      onTestFinished,
    }) => {
      const stack = await aStack(onTestFinished);
      for (const procedure of CHANGES) stack.server.faults.add(fault(kind, procedure, { when }));
      await isUpOnce(stack, await stack.deploy());
      expect(stack.server.faults.waiting).toEqual([]);
    });

  // A mount that appears this late makes the server's own deployment fail: then it is removed instead.
  for (const procedure of CHANGES.filter((name) => name !== "mounts.create"))
    test(`is there once although ${procedure} takes effect after it was given up and asked for again`, async ({
      onTestFinished,
    }) => {
      const stack = await aStack(onTestFinished);
      stack.server.faults.add(fault("slow", procedure, { until: answered(stack, procedure) }));
      await isUpOnce(stack, await stack.deploy());
    });

  for (const procedure of CHANGES)
    test(`leaves nothing when ${procedure} never works`, async ({ onTestFinished }) => {
      const stack = await aStack(onTestFinished, 1);
      const mend = stack.server.faults.add({ kind: "500", procedure });
      expect(await stack.deploy()).toMatchObject({ state: "failed", problem: { code: "platform-failed" } });
      isGone(stack);
      mend();
      await isUpOnce(stack, await stack.deploy());
    });
});

describe.concurrent("a deployment that has to be taken back", () => {
  for (const procedure of ["application.cleanQueues", "application.delete", "project.remove"])
    for (const { kind, when } of WAYS)
      test(`is gone although ${procedure} fails once, ${when} it took effect: ${kind}`, async ({ onTestFinished }) => {
        const stack = await aStack(onTestFinished);
        await stack.setImage("acme/app:1-missing");
        stack.server.faults.add(fault(kind, procedure, { when }));
        expect(await stack.deploy()).toMatchObject({ state: "failed", problem: { code: "platform-deploy-failed" } });
        isGone(stack);
      });

  for (const procedure of ["application.update", "application.deploy", "application.cleanQueues"])
    for (const { kind, when } of WAYS)
      test(`goes back although ${procedure} fails once, ${when} it took effect: ${kind}`, async ({
        onTestFinished,
      }) => {
        const stack = await aStack(onTestFinished);
        await stack.deploy();
        await stack.setImage("acme/app:2-crash");
        // Of two equal calls, the second is the undo's.
        const skipped = procedure === "application.cleanQueues" ? 0 : 1;
        stack.server.clearCalls();
        if (skipped) addAfter(stack, procedure, fault(kind, procedure, { when }));
        else stack.server.faults.add(fault(kind, procedure, { when }));
        expect(await stack.deploy()).toMatchObject({ state: "failed", problem: { code: "service-exited" } });
        await runsOnce(stack, /^acme\/app:1\.0(@|$)/);
      });

  for (const procedure of ["application.delete", "project.remove"])
    test(`is stuck while ${procedure} does not work, and a retry takes the rest away`, async ({ onTestFinished }) => {
      const stack = await aStack(onTestFinished, 1);
      await stack.setImage("acme/app:1-missing");
      const mend = stack.server.faults.add({ kind: "500", procedure });
      const view = await stack.deploy();
      expect(view).toMatchObject({ state: "stuck", problem: { code: "platform-deploy-failed" } });
      expect((await stack.resources()).map(({ kind }) => kind)).toContain("project");
      mend();
      expect(await stack.retryUndo(view.id)).toMatchObject({ state: "failed" });
      isGone(stack);
    });
});

describe.concurrent("a removal", () => {
  for (const { kind, when } of WAYS)
    test(`leaves nothing although each of its calls fails once, ${when} it took effect: ${kind}`, async ({
      onTestFinished,
    }) => {
      const stack = await aStack(onTestFinished);
      await stack.deploy();
      for (const procedure of REMOVALS) stack.server.faults.add(fault(kind, procedure, { when }));
      expect(await stack.remove({ data: true })).toMatchObject({ state: "succeeded" });
      expect(stack.server.state()).toEqual(NOTHING);
      expect(await stack.resources()).toEqual([]);
      expect(stack.server.faults.waiting).toEqual([]);
    });
});

/** Running, verified, and each of its parts exists once. */
async function isUpOnce(stack: TestStack, view: DeploymentView): Promise<void> {
  expect(view).toMatchObject({ state: "succeeded", warnings: [] });
  await runsOnce(stack, /^acme\/app:1\.0$/);
}

async function runsOnce(stack: TestStack, image: RegExp): Promise<void> {
  expect((await stack.answer())?.image).toMatch(image);
  const one = [expect.anything()];
  expect(stack.server.state()).toMatchObject({
    projects: one,
    applications: one,
    domains: one,
    mounts: one,
    services: [{ isOrphan: false }],
    routes: one,
    jobs: [],
  });
  const kinds = (await stack.resources()).map(({ kind }) => kind).sort();
  expect(kinds).toEqual(["application", "domain", "environment", "project", "volume"]);
}

function isGone(stack: TestStack): void {
  expect({ ...stack.server.state(), volumes: [] }).toEqual(NOTHING);
}

function addAfter(stack: TestStack, procedure: string, wanted: Fault): void {
  answered(stack, procedure).then(() => stack.server.faults.add(wanted));
}

/** Resolves as soon as one call of the procedure has been answered. */
function answered(stack: TestStack, procedure: string): Promise<void> {
  return new Promise((resolve) => {
    const look = setInterval(() => {
      if (!stack.server.calls.some((call) => call.procedure === procedure)) return;
      clearInterval(look);
      resolve();
    }, 1);
  });
}
