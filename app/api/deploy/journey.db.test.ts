import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { aUser } from "@/lib/domain/users/test-people";
import { runDeployment } from "@/lib/engine/run-deployment";
import { aLocalTarget } from "@/lib/engine/test-service";
import { freePort } from "@/lib/hosts/free-port";
import { db } from "@/lib/platform/db/client";
import { queue } from "@/lib/platform/queue/boss";
import { asToken } from "@/lib/web/auth/test-callers";
import type { DeployerJob } from "@/lib/web/http/shapes/deployer";
import { call } from "@/lib/web/http/test-call";
import { GET as readDroplet } from "../registry/droplets/name/[name]/route";
import { POST as check } from "../services/[name]/check/route";
import { GET as readLogs } from "../services/[name]/logs/route";
import { DELETE as remove } from "../services/[name]/route";
import { GET as readState } from "../services/[name]/state/route";
import { POST as rollBack } from "./[jobId]/rollback/route";
import { GET as readJob } from "./[jobId]/route";
import { GET as readHistory } from "./history/[serviceName]/route";
import { POST as deploy } from "./route";

process.env.RATE_LIMIT_RPM = "10000";
process.env.LANDFALL_LOG_LEVEL = "silent";

let headers: Record<string, string>;
let folder: string;
let port: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "landfall-source-"));
  await chmod(folder, 0o755);
  process.env.LANDFALL_SOURCE_ROOTS = folder;
  await aLocalTarget();
  headers = await asToken(await aUser("member"));
  port = await freePort();
});
afterAll(async () => {
  const { status, body } = await removal();
  if (status === 202) await finished(body.id);
  await (await queue()).stop({ graceful: false });
  await rm(folder, { recursive: true });
});

/** A service without dependencies that reports its version and its environment, and logs each request. */
const source = (version: string) => `
  import { createServer } from "node:http";
  createServer((request, response) => {
    console.log("asked for", request.url);
    response.end(JSON.stringify({ version: "${version}", greeting: process.env.GREETING ?? null }));
  }).listen(process.env.PORT);`;

async function post(version: string, greeting: string): Promise<string> {
  await writeFile(join(folder, "server.mjs"), source(version));
  await writeFile(join(folder, "Procfile"), "web: node server.mjs\n");
  const body = {
    service_path: folder,
    service_name: "shop",
    service_port: port,
    deployment_method: "process",
    environment_vars: { GREETING: greeting },
  };
  const accepted = await call(deploy, { method: "POST", headers, body });
  expect(accepted.status).toBe(202);
  return accepted.body.deploy_job_id;
}

async function finished(jobId: string): Promise<DeployerJob> {
  const { serviceId } = await db.deployment.findUniqueOrThrow({ where: { id: jobId } });
  await runDeployment(serviceId, {
    workerId: "test",
    handOver: new AbortController().signal,
    onStart: () => undefined,
  });
  return (await call(readJob, { headers, params: { jobId } })).body;
}

const ask = async () => (await fetch(`http://localhost:${port}/`)).json();
const params = { name: "shop" };
const removal = () => call(remove, { method: "DELETE", headers, params });

test("deploy, deploy again, go back: as a client of the deployer API sees it", { timeout: 120_000 }, async () => {
  const first = await finished(await post("1", "first"));
  expect(first).toMatchObject({
    status: "completed",
    success: true,
    error: null,
    service_url: `http://localhost:${port}`,
  });
  expect(first.phases.map(({ phase, status }) => `${phase} ${status}`)).toEqual([
    "Validation success",
    "Transfer success",
    "Build success",
    "Start Service success",
    "Verify Health success",
    "Register success",
  ]);
  for (const { duration_seconds, started_at, completed_at } of first.phases) {
    expect([typeof duration_seconds, typeof started_at, typeof completed_at]).toEqual(["number", "string", "string"]);
  }
  expect(first.registration).toMatchObject({
    droplet_id: 1,
    service_name: "shop",
    endpoint: `http://localhost:${port}`,
  });
  expect(await ask()).toEqual({ version: "1", greeting: "first" });

  const second = await finished(await post("2", "second"));
  expect(second.status).toBe("completed");
  expect(await ask()).toEqual({ version: "2", greeting: "second" });

  const accepted = await call(rollBack, { method: "POST", headers, params: { jobId: second.deploy_job_id } });
  expect(accepted.status).toBe(200);
  const back = await finished(accepted.body.deploy_job_id);
  expect(back.status).toBe("completed");
  expect(back.phases.slice(1, 3).map(({ status }) => status)).toEqual(["skipped", "skipped"]);
  expect(await ask()).toEqual({ version: "1", greeting: "first" });

  const history = (await call(readHistory, { headers, params: { serviceName: "shop" } })).body as DeployerJob[];
  expect(history.map(({ deploy_job_id }) => deploy_job_id)).toEqual([
    back.deploy_job_id,
    second.deploy_job_id,
    first.deploy_job_id,
  ]);
});

test("what runs is seen, checked, heard and registered", async () => {
  expect((await call(readState, { headers, params })).body).toMatchObject({ state: "running", restarts: 0 });
  expect((await call(check, { method: "POST", headers, params })).body).toMatchObject({
    ok: true,
    status: 200,
    path: "/health",
    error: null,
  });
  expect((await call(readLogs, { headers, params, path: "/x?tail=5" })).text).toContain("asked for /health\n");
  expect((await call(readDroplet, { headers, params })).body.droplet).toMatchObject({
    name: "shop",
    status: "active",
    endpoint: `http://localhost:${port}`,
    metadata: {
      deployment_method: "process",
      port,
      host: "localhost",
      release: expect.any(String),
      deployed_at: expect.any(String),
    },
  });
});

test("its output is followed as events until the client leaves", async () => {
  const gone = new AbortController();
  const request = new Request("http://localhost/api/services/shop/logs?tail=100&follow=1", {
    headers,
    signal: gone.signal,
  });
  const response = await readLogs(request, { params: Promise.resolve(params) });
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader() ?? expect.unreachable("no body");
  let heard = "";
  const until = async (line: string) => {
    while (!heard.includes(`data: "${line}"`)) heard += (await reader.read()).value ?? expect.unreachable("it ended");
  };
  await until("asked for /health");
  await fetch(`http://localhost:${port}/heard`);
  await until("asked for /heard");
  expect(heard).toContain("event: line\n");
  gone.abort();
  await reader.cancel();
});

test("removing takes it off the port and out of the Registry, and its history stays", async () => {
  expect((await finished((await removal()).body.id)).status).toBe("completed");
  await expect(ask()).rejects.toThrow();
  expect((await call(readDroplet, { headers, params })).status).toBe(404);
  expect((await call(readState, { headers, params })).status).toBe(404);
  expect((await call(readHistory, { headers, params: { serviceName: "shop" } })).body).toHaveLength(4);
});
