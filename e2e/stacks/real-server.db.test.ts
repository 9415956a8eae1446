/* Behaviour of a real Dokploy v0.30.2 that no transcript shows. In each case a second stack deploys on the server. */
import { afterAll, describe, expect, type TestContext, test } from "vitest";
import type { DeploymentView } from "@/lib/contracts/deployment";
import { isNameTaken } from "@/lib/domain/stacks/check-new-stack";
import { TaskWatch } from "@/lib/drivers/dokploy/tasks";
import { readLog } from "@/lib/engine/log-store";
import { checkTargetDrift } from "@/lib/engine/reconcile/check-target-drift";
import { requestRepair } from "@/lib/engine/request-deployment";
import { db } from "@/lib/platform/db/client";
import { queue } from "@/lib/platform/queue/boss";
import { Secret } from "@/lib/platform/secrets/secret";
import { preflightDokploy } from "@/lib/targets/dokploy/preflight";
import { toTargetRow } from "@/lib/targets/target-store";
import type { RecordedCall } from "../dokploy/stand-in";
import { type StackOptions, TestStack } from "./test-stack";

afterAll(async () => {
  await (await queue()).stop({ graceful: false });
});

const LISTS_TASKS = "docker.getServiceContainersByAppName";

type Finish = TestContext["onTestFinished"];

/** A busy machine gets the time it needs: no test here is about how soon a container starts. */
const PATIENT = { portTimeoutMs: 30_000 };

async function aStack(onFinished: Finish, { health, ...options }: StackOptions = {}): Promise<TestStack> {
  const stack = await TestStack.make({ health: { ...PATIENT, ...health }, ...options });
  onFinished(() => stack.server.close());
  return stack;
}

/** Deploys another stack on the same server during `work`; the deployment must not be affected. */
async function besideAnother<T>(stack: TestStack, work: () => Promise<T>): Promise<T> {
  const other = await TestStack.make({ beside: stack, health: PATIENT });
  const [done, view] = await Promise.all([work(), other.deploy()]);
  expect(view).toMatchObject({ state: "succeeded", warnings: [] });
  return done;
}

const volumesOf = async (stack: TestStack) =>
  (await stack.resources()).filter(({ kind }) => kind === "volume").map(({ externalId }) => externalId);
const logOf = async ({ id }: DeploymentView) =>
  (await readLog(id, { limit: 1_000 })).lines.map(({ line }) => line[2]).join("\n");
const removeProjects = ({ server }: TestStack) => {
  for (const { projectId } of server.state().projects) server.deleteProjectByHand(projectId);
};

describe("a volume", () => {
  test("is removed once its container has ended, however long that takes after its service is gone", async ({
    onTestFinished,
  }) => {
    const stack = await aStack(onTestFinished, { server: { swarm: { endMs: 1_200 } } });
    await stack.deploy();
    const removal = await besideAnother(stack, () => stack.remove({ data: true }));
    expect(removal).toMatchObject({ state: "succeeded", warnings: [] });
    expect(stack.server.state().volumes).not.toContain(`data-${stack.domain.split(".")[0]}`);
    expect(await stack.resources()).toEqual([]);
  });

  test("that another container has stays, and everything else goes", async ({ onTestFinished }) => {
    const stack = await aStack(onTestFinished);
    const [shared] = [{ name: `shared-${stack.name}`, path: "/workspace" }];
    await db.service.update({ where: { id: stack.serviceId }, data: { volumes: [shared] } });
    await stack.deploy();
    const user = await TestStack.make({ beside: stack, volumes: [shared], health: PATIENT });
    await user.deploy();
    await db.resource.updateMany({ where: { externalId: shared.name }, data: { serviceId: stack.serviceId } });
    const removal = await besideAnother(stack, () => stack.remove({ data: true }));
    expect(removal).toMatchObject({
      state: "succeeded",
      warnings: [{ code: "volume-kept", params: { volume: shared.name } }],
    });
    expect(await user.answer()).not.toBeNull();
  });

  test("that is gone already is as good as removed", async ({ onTestFinished }) => {
    const stack = await aStack(onTestFinished, { image: "acme/app:1-missing" });
    await db.resource.create({
      data: { targetId: stack.targetId, serviceId: stack.serviceId, kind: "volume", externalId: "never-was" },
    });
    await stack.deploy();
    const removal = await besideAnother(stack, () => stack.remove({ data: true }));
    expect(removal).toMatchObject({ state: "succeeded", warnings: [] });
    expect(await stack.resources()).toEqual([]);
  });

  test("exists when the server created it: an image that is missing holds no name and leaves no orphan", async ({
    onTestFinished,
  }) => {
    const stack = await aStack(onTestFinished, { image: "acme/app:1-missing" });
    const view = await besideAnother(stack, () => stack.deploy());
    expect(view.state).toBe("failed");
    expect(await volumesOf(stack)).toEqual([]);
    await stack.remove();
    expect(await db.$transaction((tx) => isNameTaken(tx, stack.name, null))).toBe(false);
  });

  test("that a container of a failed deployment wrote to is kept for its owner", async ({ onTestFinished }) => {
    const stack = await aStack(onTestFinished, { image: "acme/app:1-unhealthy", health: { portTimeoutMs: 1_000 } });
    const view = await besideAnother(stack, () => stack.deploy());
    expect(view).toMatchObject({ state: "failed", problem: { code: "health-failed" } });
    const [volume] = await volumesOf(stack);
    expect(stack.server.state().volumes).toContain(volume);
  });
});

describe("what a removed project leaves running", () => {
  test("is named before anything new is created, and in nobody's way once it is gone", async ({ onTestFinished }) => {
    // The removed application's router is the older one, so with this value it answers all requests.
    const stack = await aStack(onTestFinished, { server: { chance: () => 0 } });
    await stack.deploy();
    const [left] = stack.server.state().services;
    removeProjects(stack);
    await stack.setImage("acme/app:2.0");
    const view = await besideAnother(stack, () => stack.deploy());
    expect(view).toMatchObject({
      state: "failed",
      problem: { code: "platform-leftover", params: { service: left?.name }, detail: expect.stringContaining("rm") },
    });
    expect(stack.server.state().services.filter(({ name }) => name.startsWith(stack.name))).toHaveLength(1);
    expect(await stack.deploy()).toMatchObject({ state: "failed", problem: { code: "platform-leftover" } });

    stack.server.removeServiceByHand(left?.name ?? "");
    expect(await stack.deploy()).toMatchObject({ state: "succeeded" });
    expect(await stack.answer()).toMatchObject({ image: "acme/app:2.0" });
  });

  test("is found by its volume where its id was never written down", async ({ onTestFinished }) => {
    const stack = await aStack(onTestFinished);
    await stack.deploy();
    removeProjects(stack);
    await db.resource.deleteMany({ where: { serviceId: stack.serviceId, kind: "application" } });
    const view = await besideAnother(stack, () => stack.deploy());
    expect(view).toMatchObject({ state: "failed", problem: { code: "platform-leftover" } });
  });

  test("does not make a deployment succeed during which it was removed", async ({ onTestFinished }) => {
    const stack = await aStack(onTestFinished, { health: { stabilityMs: 1_500 } });
    await stack.deploy();
    const [{ applicationId, projectId } = {}] = stack.server.state().applications;
    stack.server.clearCalls();
    const ended = besideAnother(stack, () => stack.deploy());
    const isOwn = ({ procedure, input }: RecordedCall) =>
      procedure === "application.deploy" && (input as { applicationId?: string }).applicationId === applicationId;
    await expect.poll(() => stack.server.calls.some(isOwn), { interval: 5 }).toBe(true);
    stack.server.deleteProjectByHand(projectId ?? "");
    expect(await ended).toMatchObject({ state: "failed", problem: { code: "platform-gone" } });
  });
});

describe("a redeployment", () => {
  test("judges the new container once it answers, and counts what users met until then", async ({ onTestFinished }) => {
    const stack = await aStack(onTestFinished);
    await stack.deploy();
    await stack.setImage("acme/app:2-late-1800ms");
    const view = await besideAnother(stack, () => stack.deploy());
    expect(view).toMatchObject({ state: "succeeded", warnings: [{ code: "platform-gap" }] });
    expect(view.probes?.failed).toBeGreaterThan(2);
    expect(view.probes?.longestGapMs).toBeGreaterThan(1_000);
    expect(await stack.answer()).toMatchObject({ image: "acme/app:2-late-1800ms" });
  });

  test("with a health command fails no request, however late the new container listens", async ({ onTestFinished }) => {
    const settings = { healthCommand: "wget -qO- localhost:8080/health" };
    const stack = await aStack(onTestFinished, { settings });
    await stack.deploy();
    await stack.setImage("acme/app:2-late-1500ms");
    const view = await besideAnother(stack, () => stack.deploy());
    expect(view).toMatchObject({ state: "succeeded", warnings: [], probes: { failed: 0 } });
    expect(view.probes?.sent).toBeGreaterThan(2);
    expect(await stack.answer()).toMatchObject({ image: "acme/app:2-late-1500ms" });
  });

  test("that crashes shows none of the previous container's lines as its own", async ({ onTestFinished }) => {
    const stack = await aStack(onTestFinished);
    await stack.deploy();
    await stack.setImage("acme/app:2-crash");
    const view = await besideAnother(stack, () => stack.deploy());
    expect(view).toMatchObject({ state: "failed", problem: { code: "service-exited" } });
    const log = await logOf(view);
    expect(log).not.toContain("GET /");
    expect(log).toContain("the server gives the output of the one that runs");
  });

  test("asks nothing of the server once the new container has proven itself", async ({ onTestFinished }) => {
    const stack = await aStack(onTestFinished);
    await stack.deploy();
    await stack.setImage("acme/app:2.0");
    stack.server.clearCalls();
    expect(await stack.deploy()).toMatchObject({ state: "succeeded" });
    const asked = stack.server.calls.map(({ procedure }) => procedure);
    const times = (name: string) => asked.filter((procedure) => procedure === name).length;
    expect([times("project.all"), times("domain.byApplicationId"), times("docker.getConfig")]).toEqual([3, 1, 1]);
    expect(asked.slice(asked.lastIndexOf("docker.getConfig") + 1)).not.toContain("project.all");
  });

  test("looks at the containers before the server is done", async ({ onTestFinished }) => {
    const stack = await aStack(onTestFinished);
    await stack.deploy();
    const letGo = stack.server.holdJobs("pulled");
    stack.server.clearCalls();
    const ended = stack.deploy();
    const asked = () => stack.server.calls.map(({ procedure }) => procedure);
    const sinceDeployed = () => asked().slice(asked().indexOf("application.deploy") + 1);
    await expect.poll(() => asked().includes("application.deploy") && sinceDeployed()).toContain(LISTS_TASKS);
    letGo();
    expect(await ended).toMatchObject({ state: "succeeded" });
  });

  test("counts from when its containers were first seen alone, and no earlier for any others", async ({
    onTestFinished,
  }) => {
    const stack = await aStack(onTestFinished);
    await stack.deploy();
    const [application] = stack.server.state().applications;
    const { applicationId = "", appName = "" } = application ?? {};
    const { dokploy } = await stack.place();
    const taskIds = (await dokploy.listTasks(appName)).map(({ taskId }) => taskId);
    const watched = { applicationId, appName, image: "acme/app:1.0", knownTasks: [], askedAt: 0 };
    const ctx = { dokploy, signal: new AbortController().signal, log: () => 0 };
    const ageSeen = async (seen: string[]) => {
      const handedOver = { taskIds: seen, at: Date.now() - 60_000 };
      const { is, atMs, sinceMs } = await new TaskWatch(ctx, { ...watched, handedOver }, false).check();
      expect(is).toBe("up");
      return Math.round((atMs - sinceMs) / 60_000);
    };
    expect([await ageSeen(taskIds), await ageSeen(["another"])]).toEqual([1, 0]);
  });
});

describe("a first deployment", () => {
  test("that crashes shows the lines of its own container, without Docker's timestamps", async ({ onTestFinished }) => {
    const stack = await aStack(onTestFinished, { image: "acme/app:1-crash" });
    const view = await besideAnother(stack, () => stack.deploy());
    expect(view).toMatchObject({ state: "failed", problem: { code: "service-exited" } });
    expect(view.problem?.detail).toBe("fatal: it ends at once");
  });

  test("whose image cannot be pulled says why in the line that says why", async ({ onTestFinished }) => {
    const image = "acme/app:1-missing";
    const stack = await aStack(onTestFinished, { image });
    const view = await besideAnother(stack, () => stack.deploy());
    const cause = `Error response from daemon: manifest for ${image} not found: manifest unknown: manifest unknown`;
    expect(view).toMatchObject({ problem: { code: "platform-deploy-failed", detail: cause } });
  });

  for (const version of ["v0.30.2", "v0.28.3"])
    test(`takes no domain from a compose service: ${version}`, async ({ onTestFinished }) => {
      const stack = await aStack(onTestFinished, { server: { version } });
      stack.server.addCompose({ name: "blog", host: stack.domain });
      const view = await besideAnother(stack, () => stack.deploy());
      expect(view).toMatchObject({ state: "failed", problem: { code: "domain-taken", detail: "blog" } });
    });

  test("asks for all domains in one call, however many there are", async ({ onTestFinished }) => {
    const stack = await aStack(onTestFinished);
    for (let index = 0; index < 60; index += 1)
      stack.server.addCompose({ name: `other-${index}`, host: `other-${index}.localhost` });
    expect(await besideAnother(stack, () => stack.deploy())).toMatchObject({ state: "succeeded" });
    const asked = stack.server.calls.map(({ procedure }) => procedure);
    expect(asked).not.toContain("domain.byComposeId");
    expect(asked.filter((procedure) => procedure === "domain.byApplicationId")).toHaveLength(2);
  });

  test("on a kernel without IPVS answers where names lead to containers, and only there", async ({
    onTestFinished,
  }) => {
    const server = { hasIpvs: false };
    const stack = await aStack(onTestFinished, { server, health: { portTimeoutMs: 1_000 } });
    expect(await stack.deploy()).toMatchObject({ state: "failed", problem: { code: "health-failed" } });
    const direct = await aStack(onTestFinished, { server, target: { endpointMode: "dnsrr" } });
    expect(await besideAnother(direct, () => direct.deploy())).toMatchObject({ state: "succeeded", warnings: [] });
  });
});

describe("a key with a limit", () => {
  test("is waited for in the middle of the work, and the deployment goes on", async ({ onTestFinished }) => {
    const stack = await aStack(onTestFinished);
    const limits = { rateLimitEnabled: true, rateLimitMax: 30, rateLimitTimeWindow: 2_500 };
    await stack.useKey(stack.server.makeKey(limits).key, 20_000);
    // The other stack uses the same key.
    const view = await besideAnother(stack, () => stack.deploy());
    expect(stack.server.calls.some(({ status }) => status === 401)).toBe(true);
    expect(view).toMatchObject({ state: "succeeded" });
    expect(await stack.remove({ data: true })).toMatchObject({ state: "succeeded" });
    expect(stack.server.state().projects.map(({ name }) => name)).not.toContain(stack.name);
  });

  test.each([
    ["none", {}, "ok 40"],
    ["ten a day", { rateLimitEnabled: true }, "failed platform-key-limited"],
    [
      "sixty a minute",
      { rateLimitEnabled: true, rateLimitMax: 60, rateLimitTimeWindow: 60_000 },
      "failed platform-key-limited",
    ],
  ])("shows in the pre-flight by asking, as the server does not tell it: %s", async (_, limits, shown) => {
    const stack = await TestStack.make();
    try {
      const apiKey = stack.server.makeKey(limits).key;
      const { preflight = [] } = await fly(stack, { apiKey });
      const step = preflight?.find((one) => one.step === "limit");
      expect(`${step?.status} ${step?.problem?.code ?? step?.detail}`).toBe(shown);
    } finally {
      await stack.server.close();
    }
  });
});

/** Like the background comparison, but immediately. */
async function compare({ targetId }: TestStack): Promise<void> {
  await db.driftCheck.updateMany({ where: { targetId }, data: { dueAt: new Date(0) } });
  const target = toTargetRow(await db.target.findUniqueOrThrow({ where: { id: targetId } }));
  await checkTargetDrift(target, { stopping: new AbortController().signal });
}

const seenOf = async ({ serviceId }: TestStack) => {
  const { condition, differences, lastOutput } = await db.serviceCheck.findUniqueOrThrow({ where: { serviceId } });
  return { condition, codes: (differences as { code: string }[]).map(({ code }) => code), lastOutput };
};

/** Runs its newest deployment, as the worker that gets its job does. */
async function runNewest(stack: TestStack): Promise<DeploymentView> {
  const where = { serviceId: stack.serviceId, state: "queued" };
  return stack.run((await db.deployment.findFirstOrThrow({ where })).id);
}

describe("between deployments", () => {
  test("a stack that was stopped behind Landfall's back is down with its last lines, and its repair brings it back", async ({
    onTestFinished,
  }) => {
    const stack = await aStack(onTestFinished);
    await stack.deploy();
    await compare(stack);
    expect(await seenOf(stack)).toEqual({ condition: "good", codes: [], lastOutput: [] });
    const [service] = stack.server.state().services;
    await stack.server.haltService(service?.name ?? "");
    await besideAnother(stack, () => compare(stack));
    const seen = await seenOf(stack);
    expect(seen).toMatchObject({ condition: "down", codes: ["release-down"] });
    expect(seen.lastOutput.at(-1)).toBe("GET /health");

    await requestRepair(stack.name, stack.owner);
    expect(await runNewest(stack)).toMatchObject({ state: "succeeded", kind: "rollback", releaseNumber: 1 });
    expect(await stack.answer()).toMatchObject({ image: expect.stringMatching(/^acme\/app:1\.0@sha256:/) });
    await compare(stack);
    expect(await seenOf(stack)).toMatchObject({ condition: "good", codes: [] });
  });

  test("many stacks are looked at in two calls, and only the dead one is asked for by itself", async ({
    onTestFinished,
  }) => {
    const stack = await aStack(onTestFinished);
    const others = await Promise.all([1, 2, 3].map(() => TestStack.make({ beside: stack, health: PATIENT })));
    for (const one of [stack, ...others]) await one.deploy();
    const [, , , dead] = stack.server.state().services;
    await besideAnother(stack, async () => stack.server.removeServiceByHand(dead?.name ?? ""));
    stack.server.clearCalls();
    await compare(stack);
    const asked = stack.server.calls.map(({ procedure }) => procedure);
    const times = (name: string) => asked.filter((procedure) => procedure === name).length;
    const names = ["swarm.getNodeApps", "overview.domains", LISTS_TASKS];
    expect(names.map(times)).toEqual([1, 1, 1]);
    const conditions = await Promise.all([stack, ...others].map(async (one) => (await seenOf(one)).condition));
    expect(conditions).toEqual(["good", "good", "good", "down"]);
  });

  test("a domain that was removed is as bad as a container that was", async ({ onTestFinished }) => {
    const stack = await aStack(onTestFinished);
    await stack.deploy();
    const { dokploy } = await stack.place();
    for (const { domainId } of stack.server.state().domains) await dokploy.removeDomain(domainId);
    await besideAnother(stack, () => compare(stack));
    expect(await seenOf(stack)).toMatchObject({ condition: "down", codes: ["domain-lost"] });
  });

  test("a server that cannot be asked says nothing of its stacks", async ({ onTestFinished }) => {
    const stack = await aStack(onTestFinished);
    await stack.deploy();
    await compare(stack);
    await besideAnother(stack, async () => {
      await stack.server.stop();
      await compare(stack);
      expect(await seenOf(stack)).toMatchObject({ condition: "unknown" });
      await stack.server.start();
    });
  });

  test("where the target says so, a stack that went down is deployed again without a person, but not for ever", async ({
    onTestFinished,
  }) => {
    const stack = await aStack(onTestFinished, { target: { repair: true } });
    await stack.deploy();
    const kill = async () => stack.server.haltService(stack.server.state().services[0]?.name ?? "");
    await kill();
    await besideAnother(stack, () => compare(stack));
    expect(await runNewest(stack)).toMatchObject({ state: "succeeded" });
    expect(await stack.answer()).not.toBeNull();
    await db.serviceCheck.update({ where: { serviceId: stack.serviceId }, data: { tries: 3, triedAt: new Date() } });
    await kill();
    await compare(stack);
    expect(await db.deployment.count({ where: { serviceId: stack.serviceId, state: "queued" } })).toBe(0);
  });
});

test("the pre-flight names a version that was not tried, and a kernel without IPVS with what helps", async ({
  onTestFinished,
}) => {
  const stack = await aStack(onTestFinished, { server: { version: "v0.30.9", hasIpvs: false } });
  const seen = async (isDirect: boolean) =>
    (await fly(stack, { isDirect })).preflight
      ?.filter(({ step }) => step === "version" || step === "network")
      .map(({ status, detail, problem }) => `${status} ${detail} ${problem?.code} ${problem?.params.newest}`);
  const version = "warning v0.30.9 platform-untested 0.30.2";
  expect(await seen(false)).toEqual([version, "warning vip platform-no-ipvs undefined"]);
  expect(await seen(true)).toEqual([version, "ok dnsrr undefined undefined"]);
});

function fly({ server }: TestStack, { apiKey = server.apiKey, isDirect = false } = {}) {
  return preflightDokploy({ name: "test", url: server.url, apiKey: new Secret(apiKey), suffixes: [], isDirect });
}
