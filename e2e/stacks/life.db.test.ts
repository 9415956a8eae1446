import { randomUUID } from "node:crypto";
import { afterAll, expect, test as testAlone } from "vitest";
import type { DeploymentView } from "@/lib/contracts/deployment";
import { HealthCheck } from "@/lib/contracts/health-check";
import type { Problem } from "@/lib/contracts/problem";
import { NewService, ServiceChange } from "@/lib/contracts/service";
import { createStack } from "@/lib/domain/stacks/stack-commands";
import { aTemplate } from "@/lib/domain/stacks/test-stacks";
import { dokployDriver } from "@/lib/drivers/dokploy/driver";
import { getDeployment } from "@/lib/engine/deployment-store";
import { readLog } from "@/lib/engine/log-store";
import { requestDeployment, requestRemoval, requestRollback } from "@/lib/engine/request-deployment";
import { runDeployment } from "@/lib/engine/run-deployment";
import { aPerson } from "@/lib/engine/test-service";
import { db } from "@/lib/platform/db/client";
import { queue } from "@/lib/platform/queue/boss";
import { seal } from "@/lib/platform/secrets/seal";
import { Secret } from "@/lib/platform/secrets/secret";
import { changeService } from "@/lib/services/change-service";
import { createService } from "@/lib/services/create-service";
import { changeEnvironment, revealEnvironment } from "@/lib/services/environment-commands";
import { putService } from "@/lib/services/put-service";
import { checkServiceHealth, serviceState, tailServiceLog } from "@/lib/services/running-service";
import { passwordPlace } from "@/lib/sources/image/image-registries";
import { grantMembers } from "@/lib/targets/test-grants";
import { NOTHING, QUICK_HEALTH, type StackOptions, TestStack } from "./test-stack";

/** Each mostly waits for a server of its own. The global `expect.poll` works only while the test started last runs. */
const test = testAlone.concurrent;

const stacks: TestStack[] = [];
afterAll(async () => {
  await Promise.all(stacks.map(({ server }) => server.close()));
  await (await queue()).stop({ graceful: false });
});

async function aStack(options?: StackOptions): Promise<TestStack> {
  const stack = await TestStack.make(options);
  stacks.push(stack);
  return stack;
}

const KEYS = [
  "initializing",
  "creating_project",
  "getting_environment",
  "creating_application",
  "configuring_application",
  "creating_domain",
  "deploying",
  "verifying_health",
  "completed",
];

test("a stack comes up, is changed, goes back exactly, and is gone without a trace", async () => {
  // With a health command no request fails while the containers are replaced.
  const settings = { healthCommand: "wget -qO- localhost:8080/health" };
  const stack = await aStack({ environment: { GREETING: "first #1" }, settings });
  const first = await stack.deploy();
  expect(first).toMatchObject({ state: "succeeded", problem: null, warnings: [], releaseNumber: 1 });
  expect(timeline(first)).toEqual(KEYS.map((key) => `${key} succeeded`));
  expect(first.url).toBe(`http://${stack.domain}:${stack.server.httpPort}`);
  expect(first.probes).toMatchObject({ failed: 0 });
  expect(await stack.answer()).toEqual({
    image: "acme/app:1.0",
    environment: { GREETING: "first #1" },
    volumes: ["/workspace"],
  });
  expect((await stack.resources()).map(({ kind }) => kind).sort()).toEqual([
    "application",
    "domain",
    "environment",
    "project",
    "volume",
  ]);
  expect(await logOf(first)).toContain("Digest: sha256:");

  await stack.setImage("acme/app:2.0");
  await stack.setEnvironment({ GREETING: "second" });
  const second = await stack.deploy();
  expect(second).toMatchObject({ state: "succeeded", warnings: [] });
  expect(statuses(second, "skipped")).toEqual(["creating_project", "creating_application", "creating_domain"]);
  expect(await stack.answer()).toMatchObject({ image: "acme/app:2.0", environment: { GREETING: "second" } });

  const back = await stack.rollBack();
  expect(back).toMatchObject({ state: "succeeded", kind: "rollback", releaseNumber: 1 });
  const answer = await stack.answer();
  expect(answer?.environment).toEqual({ GREETING: "first #1" });
  expect(answer?.image).toMatch(/^acme\/app:1\.0@sha256:/);
  expect(stack.server.state()).toMatchObject({ projects: [{}], applications: [{}], domains: [{}], mounts: [{}] });

  const removal = await stack.remove({ data: true });
  expect(removal).toMatchObject({ state: "succeeded", warnings: [] });
  expect(stack.server.state()).toEqual(NOTHING);
  expect(await stack.resources()).toEqual([]);
});

test("its volume outlives it unless somebody asks otherwise, and is not forgotten", async () => {
  const stack = await aStack();
  await stack.deploy();
  const removal = await stack.remove();
  expect(removal.state).toBe("succeeded");
  expect(statuses(removal, "skipped")).toEqual(["removing_volume"]);
  const { volumes, ...rest } = stack.server.state();
  expect(rest).toMatchObject({ projects: [], applications: [], services: [], routes: [] });
  expect((await stack.resources()).map(({ kind, externalId }) => ({ kind, externalId }))).toEqual(
    volumes.map((externalId) => ({ kind: "volume", externalId })),
  );
});

test.each([
  ["acme/app:2-missing", "platform-deploy-failed", "deploying", /manifest unknown/],
  ["acme/app:2-crash", "service-exited", "verifying_health", /^fatal: it ends at once$/],
  ["acme/app:2-unhealthy", "health-failed", "verifying_health", /500 in/],
])("%s as the first image: %s, and nothing of it stays", async (image, code, phase, detail) => {
  const stack = await aStack({ image });
  const view = await stack.deploy();
  expect(view).toMatchObject({ state: "failed", problem: { code }, serving: null });
  expect(view.problem?.detail).toMatch(detail);
  expect(statuses(view, "failed")).toEqual([phase]);
  expect({ ...stack.server.state(), volumes: [] }).toEqual(NOTHING);
  expect((await stack.resources()).filter(({ kind }) => kind !== "volume")).toEqual([]);
});

test.each([
  ["acme/app:2-missing", "platform-deploy-failed"],
  ["acme/app:2-crash", "service-exited"],
  ["acme/app:2-crash-later-400", "service-exited"],
  ["acme/app:2-unhealthy", "health-failed"],
])("%s as the next one: %s, and what served before serves again with its own variables", async (image, code) => {
  const stack = await aStack({ environment: { GREETING: "first" }, health: { stabilityMs: 800 } });
  await stack.deploy();
  await stack.setImage(image);
  await stack.setEnvironment({ GREETING: "second" });
  const view = await stack.deploy();
  expect(view).toMatchObject({ state: "failed", problem: { code }, serving: { number: 1 } });
  const answer = await stack.answer();
  expect(answer?.image).toMatch(/^acme\/app:1\.0(@|$)/);
  expect(answer?.environment).toEqual({ GREETING: "first" });
  expect(stack.server.state()).toMatchObject({
    applications: [{ env: "GREETING=first", image: expect.stringMatching(/^acme\/app:1\.0(@|$)/) }],
    mounts: [{}],
    domains: [{}],
  });
});

test("a domain that another application has is not taken from it", async () => {
  const first = await aStack();
  await first.deploy();
  const before = first.server.state();
  const second = await aStack();
  await db.service.update({
    where: { id: second.serviceId },
    data: { targetId: first.targetId, domain: first.domain },
  });
  const view = await second.deploy();
  expect(view).toMatchObject({ state: "failed", problem: { code: "domain-taken", params: { domain: first.domain } } });
  expect(first.server.state()).toEqual(before);
});

test("a hostile member's stack gets at nothing of the server's or another's: made, deployed, asked, read and removed", async () => {
  const victim = await aStack({ environment: { API_TOKEN: "of-the-victim" } });
  await victim.deploy();
  const target = await db.target.findUniqueOrThrow({ where: { id: victim.targetId } });
  await grantMembers({}, target.name);
  const before = victim.server.state();
  const ben = await aPerson("member", "ben");
  const code = (promise: Promise<unknown>) =>
    promise.then(
      () => "accepted",
      (error: Problem) => error.code,
    );

  // A member may set nothing of a service there: no volumes, domains, networks, images or commands.
  const own = NewService.parse({
    ...{ name: "hostile", driver: "dokploy", target: target.name, port: 8080, domain: victim.domain },
    source: { kind: "image", image: "acme/app:1.0" },
    volumes: [{ name: "dokploy-postgres", path: "/stolen" }],
    settings: { healthCommand: "cat /run/secrets/*" },
  });
  expect(await code(createService(own, ben))).toBe("invalid-request");
  const put = { ...own, domain: null, volumes: [], settings: {} };
  expect(await code(createService(put, ben))).toBe("choice-not-granted");
  expect(await code(putService(put, ben))).toBe("choice-not-granted");
  const offer = { target: target.name, image: "acme/app:1.0", domainSuffix: "localhost", https: false };
  await aTemplate({ ...offer, volumes: [{ name: "{name}", path: "/workspace" }] });
  const [victimLabel = ""] = victim.domain.split(".");
  expect(await code(createStack({ name: victimLabel }, ben))).toBe("name-taken");

  const { id } = await createStack({ name: "dokploy-postgres" }, ben);
  const { serviceId } = await db.deployment.findUniqueOrThrow({ where: { id } });
  await db.service.update({ where: { id: serviceId }, data: { health: HealthCheck.parse(QUICK_HEALTH) } });
  for (const change of [
    { volumes: own.volumes },
    { domain: victim.domain },
    { source: own.source },
    { settings: { network: "host" } },
  ])
    expect(await code(changeService("dokploy-postgres", ServiceChange.parse(change), ben))).toBe("made-by-template");
  expect(await code(changeEnvironment("dokploy-postgres", { set: { LD_PRELOAD: "/x" }, unset: [] }, ben))).toBe(
    "made-by-template",
  );
  const run = async (deploymentId: string) => {
    await runDeployment(serviceId, { workerId: "w", handOver: new AbortController().signal, onStart: () => {} });
    return getDeployment(deploymentId);
  };
  expect(await run(id)).toMatchObject({ state: "succeeded" });
  const mounted = victim.server.state().mounts.map(({ volumeName }) => volumeName);
  expect(mounted).toContain(`landfall-${ben.id.slice(-8)}-dokploy-postgres`);
  expect(mounted).not.toContain("dokploy-postgres");

  // Another owner's stack does not exist for them.
  const follow = { tail: 5, follow: false, signal: new AbortController().signal };
  const attempts = [
    checkServiceHealth(victim.name, ben),
    tailServiceLog(victim.name, follow, ben),
    serviceState(victim.name, ben),
    revealEnvironment(victim.name, "API_TOKEN", ben),
    requestDeployment({ service: victim.name }, ben),
    requestRollback({ serviceName: victim.name }, ben),
    requestRemoval(victim.name, ben),
  ];
  expect(new Set(await Promise.all(attempts.map(code)))).toEqual(new Set(["not-found"]));
  expect((await checkServiceHealth("dokploy-postgres", ben)).ok).toBe(true);

  expect(await run((await requestRemoval("dokploy-postgres", ben)).id)).toMatchObject({ state: "succeeded" });
  expect({ ...victim.server.state(), volumes: before.volumes, jobs: before.jobs }).toEqual(before);
  expect(await victim.answer()).toMatchObject({ environment: { API_TOKEN: "of-the-victim" }, volumes: ["/workspace"] });
});

test("deleted by hand: a removal succeeds, and says what the server goes on running", async () => {
  const stack = await aStack();
  await stack.deploy();
  for (const { projectId } of stack.server.state().projects) stack.server.deleteProjectByHand(projectId);
  const removal = await stack.remove();
  expect(removal).toMatchObject({ state: "succeeded", warnings: [{ code: "platform-leftover" }] });
  expect(removal.warnings[0]?.detail).toContain("docker service rm");
  expect(stack.server.state()).toMatchObject({ projects: [], applications: [] });
});

test("deleted by hand while it deploys: it is gone, and the next deployment makes it anew", async ({ expect }) => {
  const stack = await aStack();
  const letGo = stack.server.holdJobs();
  const id = await stack.ask();
  const ended = stack.run(id);
  await expect.poll(() => stack.server.state().jobs.length).toBe(1);
  for (const { projectId } of stack.server.state().projects) stack.server.deleteProjectByHand(projectId);
  letGo();
  expect(await ended).toMatchObject({ state: "failed", problem: { code: "platform-gone" } });
  const { projects, applications, services } = stack.server.state();
  expect([projects, applications]).toEqual([[], []]);
  for (const { name } of services) stack.server.removeServiceByHand(name);
  expect(await stack.deploy()).toMatchObject({ state: "succeeded" });
});

test("a server that restarts and forgets what it had queued is asked again", async ({ expect }) => {
  const stack = await aStack();
  const letGo = stack.server.holdJobs();
  const ended = stack.run(await stack.ask());
  await expect.poll(() => stack.server.state().jobs.length).toBe(1);
  await stack.server.restart();
  letGo();
  expect(await ended).toMatchObject({ state: "succeeded" });
  expect(stack.server.state()).toMatchObject({ projects: [{}], applications: [{}], domains: [{}], mounts: [{}] });
});

test("a server that is away for a while opens the circuit, and the deployment goes on when it is back", async ({
  expect,
}) => {
  const stack = await aStack({ tries: 1 });
  const letGo = stack.server.holdJobs();
  const ended = stack.run(await stack.ask());
  await expect.poll(() => stack.server.state().jobs.length).toBe(1);
  letGo();
  await stack.server.stop();
  const circuit = async () =>
    (await db.target.findUniqueOrThrow({ where: { id: stack.targetId } })).circuitOpenUntil !== null;
  await expect.poll(circuit).toBe(true);
  await stack.server.start();
  expect(await ended).toMatchObject({ state: "succeeded" });
  await expect.poll(circuit).toBe(false);
});

test("a key that is revoked half-way: it says so, and a retry with the next key cleans up", async ({ expect }) => {
  const stack = await aStack();
  const letGo = stack.server.holdJobs();
  const id = await stack.ask();
  const ended = stack.run(id);
  await expect.poll(() => stack.server.state().jobs.length).toBe(1);
  stack.server.revokeKey();
  letGo();
  const view = await ended;
  expect(view).toMatchObject({ state: "stuck", problem: { code: "platform-key-refused" } });
  await stack.useKey(stack.server.makeKey().key);
  expect(await stack.retryUndo(id)).toMatchObject({ state: "failed" });
  expect({ ...stack.server.state(), volumes: [] }).toEqual(NOTHING);
});

test("a cancel waits for the server's job, so that nothing comes up afterwards", async ({ expect }) => {
  const stack = await aStack();
  const letGo = stack.server.holdJobs();
  const cancels: (() => void)[] = [];
  const ended = stack.run(await stack.ask(), { onStart: (_, cancel) => void cancels.push(cancel) });
  await expect.poll(() => stack.server.state().jobs.length).toBe(1);
  for (const cancel of cancels) cancel();
  await expect
    .poll(() => stack.server.calls.some(({ procedure }) => procedure === "application.cleanQueues"))
    .toBe(true);
  letGo();
  expect(await ended).toMatchObject({ state: "cancelled" });
  await expect.poll(() => stack.server.isIdle).toBe(true);
  expect({ ...stack.server.state(), volumes: [] }).toEqual(NOTHING);
});

test("an image that wants a sign-in gets the one that is kept for its registry, and no line shows it", async () => {
  const login = { username: "ana", password: "s3cret-password" };
  const host = "registry.example.com:5000";
  const stack = await aStack({ image: `${host}/app:1.0`, server: { registries: { [host]: { login } } } });
  expect(await stack.deploy()).toMatchObject({ state: "succeeded" }); // none is stored: the registry allows anonymous pulls
  const id = randomUUID();
  const sealedPassword = seal(new Secret(login.password), passwordPlace(id));
  await db.imageRegistry.create({ data: { id, host, username: login.username, sealedPassword } });
  const view = await stack.deploy();
  expect(view).toMatchObject({ state: "succeeded" });
  const log = await logOf(view);
  expect(log).toContain("Login Succeeded");
  expect(log).not.toContain(login.password);
});

test("a certificate that is still being issued is told, and is no failure", async () => {
  const stack = await aStack({ settings: { https: true } });
  const view = await stack.deploy();
  expect(view).toMatchObject({ state: "succeeded", warnings: [{ code: "certificate-pending" }] });
  expect(view.url).toBe(`https://${stack.domain}:${stack.server.httpsPort}`);
});

test.each(["v0.24.0", "v0.25.0", "v0.27.1", "v0.28.3"])("it works with %s as well", async (version) => {
  const stack = await aStack({ server: { version } });
  expect(await stack.deploy()).toMatchObject({ state: "succeeded" });
  await stack.setImage("acme/app:2.0");
  expect(await stack.deploy()).toMatchObject({ state: "succeeded" });
  expect(await stack.answer()).toMatchObject({ image: "acme/app:2.0" });
  expect(await stack.remove()).toMatchObject({ state: "succeeded" });
  expect({ ...stack.server.state(), volumes: [] }).toEqual(NOTHING);
});

test("what runs and what it says can be asked between deployments", async () => {
  const stack = await aStack();
  const place = await stack.place();
  expect(await dokployDriver.state(place)).toMatchObject({ state: "absent" });
  await stack.deploy();
  expect(await dokployDriver.state(place)).toMatchObject({ state: "running" });
  const stopped = new AbortController();
  const lines: string[] = [];
  for await (const { text } of dokployDriver.logs(place, { tail: 1, follow: true, signal: stopped.signal })) {
    lines.push(text);
    if (lines.length === 1) await stack.answer();
    if (lines.length === 2) stopped.abort();
  }
  expect(lines).toEqual(["GET /health", "GET /"]);
  await stack.server.stop();
  expect(await dokployDriver.state(place)).toMatchObject({ state: "unknown" });
});

function timeline(view: DeploymentView): string[] {
  return view.phases.map(({ key, status }) => `${key} ${status}`);
}
function statuses(view: DeploymentView, wanted: string): string[] {
  return view.phases.filter(({ status }) => status === wanted).map(({ key }) => key);
}
async function logOf({ id }: DeploymentView): Promise<string> {
  return (await readLog(id, { limit: 1_000 })).lines.map(({ line }) => line[2]).join("\n");
}
