import { afterAll, beforeAll, expect, test } from "vitest";
import { type DokployStandIn, startDokploy } from "@/e2e/dokploy/stand-in";
import { DOKPLOY_PHASES, DOKPLOY_REMOVAL_PHASES } from "@/lib/contracts/phase";
import { aDokployTarget, aTemplate } from "@/lib/domain/stacks/test-stacks";
import { aUser } from "@/lib/domain/users/test-people";
import { askStack } from "@/lib/drivers/dokploy/ask-stack";
import { runDeployment } from "@/lib/engine/run-deployment";
import { db } from "@/lib/platform/db/client";
import { queue } from "@/lib/platform/queue/boss";
import { asToken } from "@/lib/web/auth/test-callers";
import { StackComplete, StackProgress } from "@/lib/web/http/shapes/stack";
import { call } from "@/lib/web/http/test-call";
import { type ReadEvent, readEvents } from "@/lib/web/http/test-events";
import { GET as check } from "../check/[name]/route";
import { POST as deploy } from "../deploy/route";
import { GET as readDeployment } from "../deployment/[deploymentId]/route";
import { POST as deployAgain } from "../deployments/route";
import { POST as rollBack } from "../services/[name]/rollback/route";
import { DELETE as remove } from "../stack/[name]/route";
import { GET as follow } from "../status/[deploymentId]/route";
import { PATCH as changeTemplate } from "../templates/[name]/route";
import { GET as readStack } from "./[name]/route";
import { GET as list } from "./route";

process.env.RATE_LIMIT_RPM = "10000";
process.env.HEALTH_INTERVAL_MS = "100";
process.env.STACK_STABILITY_MS = "500";

let server: DokployStandIn;
let headers: Record<string, string>;
let admin: Record<string, string>;

beforeAll(async () => {
  server = await startDokploy();
  const { url, apiKey, httpPort, httpsPort } = server;
  await aDokployTarget("dokploy", { url, apiKey, httpPort, httpsPort });
  await aTemplate({ domainSuffix: "localhost", https: false, environment: { GREETING: "first" } });
  headers = await asToken(await aUser("member"));
  admin = await asToken(await aUser("admin"));
});
afterAll(async () => {
  await (await queue()).stop({ graceful: false });
  await server.close();
});

/** Processes the job as a worker does, while a client follows. */
async function watched(deploymentId: string): Promise<ReadEvent[]> {
  const { serviceId } = await db.deployment.findUniqueOrThrow({ where: { id: deploymentId } });
  const gone = new AbortController();
  const request = new Request("http://localhost/api/status/x", { headers, signal: gone.signal });
  const response = await follow(request, { params: Promise.resolve({ deploymentId }) });
  const [events] = await Promise.all([
    readEvents(response),
    runDeployment(serviceId, { workerId: "test", handOver: new AbortController().signal, onStart: () => undefined }),
  ]);
  return events;
}

const params = { name: "test-name" };
const stackNow = async () => (await call(readStack, { headers, params })).body;
const deploymentNow = async (deploymentId: string) =>
  (await call(readDeployment, { headers, params: { deploymentId } })).body.deployment;
const passed = (events: ReadEvent[]) =>
  events.filter(({ event, data }) => event === "progress" && data.status === "success").map(({ data }) => data.phase);

test("check, deploy, follow, look, list: as the documented sequence says", { timeout: 120_000 }, async () => {
  expect((await call(check, { params })).body).toEqual({ name: "test-name", valid: true, available: true });

  const accepted = await call(deploy, { method: "POST", headers, body: { name: "test-name" } });
  const url = `http://test-name.localhost:${server.httpPort}`;
  expect([accepted.status, accepted.body]).toEqual([
    202,
    { success: true, deploymentId: expect.any(String), name: "test-name", url, status: "pending" },
  ]);
  const { deploymentId } = accepted.body;

  const events = await watched(deploymentId);
  for (const { event, data } of events) if (event === "progress") StackProgress.strict().parse(data);
  expect(passed(events)).toEqual(DOKPLOY_PHASES);
  const shares = events.flatMap(({ data }) => (typeof data.progress === "number" ? [data.progress] : []));
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(shares.at(-1)).toBe(100);
  const [project] = server.state().projects;
  const [application] = server.state().applications;
  const [domain] = server.state().domains;
  const complete = events.at(-1);
  expect(complete?.event).toBe("complete");
  expect(StackComplete.strict().parse(complete?.data)).toEqual({
    url,
    status: "ready",
    resources: {
      projectId: project?.projectId,
      environmentId: expect.any(String),
      applicationId: application?.applicationId,
      domainId: domain?.domainId,
    },
    duration: expect.any(Number),
  });

  // From any number on, the remaining events arrive and none twice.
  const half = events[Math.floor(events.length / 2)];
  const rest = await follow(
    new Request("http://localhost/api/status/x", { headers: { ...headers, "last-event-id": half?.id ?? "" } }),
    { params: Promise.resolve({ deploymentId }) },
  );
  const ids = events.map(({ id }) => id);
  expect((await readEvents(rest)).map(({ id }) => id)).toEqual(ids.slice(ids.indexOf(half?.id) + 1));

  const deployment = await deploymentNow(deploymentId);
  expect(deployment).toMatchObject({
    stackName: "test-name",
    phase: "completed",
    status: "success",
    progress: 100,
    message: "test-name is live",
    url,
    resources: complete?.data.resources,
    timestamps: { started: expect.any(String), completed: expect.any(String) },
  });
  expect(deployment).not.toHaveProperty("error");
  expect(deployment.logs.length).toBeGreaterThan(0);

  const { items } = (await call(list, { headers })).body;
  expect(items).toMatchObject([
    { name: "test-name", state: "running", url, image: "ghcr.io/acme/workspace:1.4", currentRelease: { number: 1 } },
  ]);
  expect(server.state().mounts).toMatchObject([
    {
      volumeName: expect.stringMatching(/^landfall-[0-9a-f]{8}-portal-ai-workspace-test-name$/),
      mountPath: "/workspace",
    },
  ]);
  expect(server.state().applications[0]?.env).toContain("GREETING=first");
});

test("deploying again takes the template's new image, going back the earlier one", { timeout: 120_000 }, async () => {
  const change = { image: "ghcr.io/acme/workspace:2.0", environment: { set: { GREETING: "second" } } };
  await call(changeTemplate, { method: "PATCH", headers: admin, params: { name: "workspace" }, body: change });
  const again = await call(deployAgain, { method: "POST", headers, body: { service: "test-name" } });
  expect((await watched(again.body.id)).at(-1)?.event).toBe("complete");
  const runs = () => {
    const { applications, services } = server.state();
    return [applications[0]?.image, applications[0]?.env, services[0]?.runs];
  };
  const second = "ghcr.io/acme/workspace:2.0";
  expect(runs()).toEqual([second, expect.stringContaining("GREETING=second"), second]);
  expect(await stackNow()).toMatchObject({
    state: "running",
    image: second,
    rollbackTo: { number: 1, image: "ghcr.io/acme/workspace:1.4" },
  });

  const back = await call(rollBack, { method: "POST", headers, params, body: {} });
  expect(back.status).toBe(202);
  expect((await watched(back.body.id)).at(-1)?.event).toBe("complete");
  // By its digest: the tag may name another image by now.
  const first = expect.stringMatching(/^ghcr\.io\/acme\/workspace:1\.4@sha256:/);
  expect(runs()).toEqual([first, expect.stringContaining("GREETING=first"), first]);
  const image = "ghcr.io/acme/workspace:1.4";
  expect(await stackNow()).toMatchObject({ state: "running", image, currentRelease: { number: 1 } });
  expect(server.state().projects).toHaveLength(1);
});

test("one that the server could not do fails in words, and what served goes on", { timeout: 120_000 }, async () => {
  server.faults.add({ kind: "job-error", times: 1 });
  const again = await call(deployAgain, { method: "POST", headers, body: { service: "test-name" } });
  const last = (await watched(again.body.id)).at(-1);
  const failure = { phase: "deploying", message: expect.any(String), code: "platform-deploy-failed" };
  expect([last?.event, last?.data]).toEqual(["error", failure]);
  const deployment = await deploymentNow(again.body.id);
  expect(deployment).toMatchObject({ status: "failure", phase: "deploying", error: failure });
  expect(await stackNow()).toMatchObject({ state: "failed", currentRelease: { number: 1 } });
  const address = { host: "test-name.localhost", port: server.httpPort, https: false, url: "" };
  const { signal } = new AbortController();
  expect(await askStack({ address, path: "/", timeoutMs: 5_000, signal })).toMatchObject({ ok: true, status: 200 });
});

test("removing it leaves the server with nothing of it", { timeout: 120_000 }, async () => {
  const { status, body } = await call(remove, { method: "DELETE", headers, params, path: "/api/stack/x?volumes=true" });
  expect([status, body.status]).toEqual([202, "pending"]);
  const events = await watched(body.deploymentId);
  expect(passed(events)).toEqual(DOKPLOY_REMOVAL_PHASES);
  const none = { projectId: null, environmentId: null, applicationId: null, domainId: null };
  expect(events.at(-1)).toMatchObject({ event: "complete", data: { url: null, status: "removed", resources: none } });
  expect(server.state()).toEqual({
    projects: [],
    applications: [],
    domains: [],
    mounts: [],
    volumes: [],
    services: [],
    routes: [],
    jobs: [],
  });
  expect((await call(list, { headers })).body.items).toEqual([]);
  expect((await call(check, { params })).body.available).toBe(true);
});
