import { readFile } from "node:fs/promises";
import { beforeAll, expect, test } from "vitest";
import { tallyDurations } from "@/lib/engine/tally-durations";
import { aPerson, aService } from "@/lib/engine/test-service";
import { db } from "@/lib/platform/db/client";
import { asToken, aUser } from "@/lib/web/auth/test-callers";
import { sseResponse } from "@/lib/web/http/sse";
import { call } from "@/lib/web/http/test-call";
import { metricsText } from "@/lib/web/metrics/metrics-text";
import { GET } from "./route";

/** A request from this machine, as its services send too. */
const HERE = { "x-landfall-peer": "127.0.0.1", "x-forwarded-for": "127.0.0.1" };

beforeAll(async () => {
  const service = await aService(await aPerson(), { name: "shop" });
  const fields = {
    serviceId: service.id,
    targetId: service.targetId,
    kind: "deploy",
    driver: "process",
    spec: {},
    trigger: "api",
  };
  const phases = { create: [{ position: 0, key: "build", status: "succeeded", durationMs: 1_500 }] };
  const finishedAt = new Date();
  await db.deployment.create({
    data: { ...fields, number: 1, state: "succeeded", finishedAt, durationMs: 4_000, phases },
  });
  const queuedAt = new Date(Date.now() - 90_000);
  await db.deployment.create({ data: { ...fields, number: 2, state: "queued", queuedAt } });
  await db.target.create({ data: { name: "d", kind: "dokploy", circuitOpenUntil: new Date(Date.now() + 60_000) } });
  await db.backup.create({
    data: {
      name: "b",
      state: "succeeded",
      trigger: "schedule",
      actorName: "x",
      finishedAt: new Date(Date.now() - 60_000),
    },
  });
  await db.process.create({ data: { id: "w", role: "worker", host: "h", pid: 1, version: "1" } });
  await tallyDurations();
});

/** The value of a line, by its name and labels as they are written. */
function numberOf(text: string, line: string): number {
  const found = text.split("\n").find((one) => one.startsWith(`${line} `));
  return Number(found?.slice(line.length + 1));
}

test("what there is to measure is measured", async () => {
  const text = await metricsText();
  const numbers = {
    'landfall_deployments{state="queued",driver="process"}': 1,
    'landfall_deployments_finished_total{kind="deploy",driver="process",state="succeeded"}': 1,
    'landfall_deployment_duration_seconds_bucket{kind="deploy",driver="process",state="succeeded",le="2.5"}': 0,
    'landfall_deployment_duration_seconds_bucket{kind="deploy",driver="process",state="succeeded",le="5"}': 1,
    'landfall_phase_duration_seconds_sum{phase="build",driver="process",status="succeeded"}': 1.5,
    landfall_queue_depth: 1,
    'landfall_breakers{kind="dokploy",state="open"}': 1,
    'landfall_targets{kind="dokploy",reachable="no"}': 1,
    'landfall_processes{role="worker"}': 1,
    'landfall_db_pool_connections{state="limit"}': 12,
    landfall_database_up: 1,
  };
  for (const [line, number] of Object.entries(numbers)) expect(numberOf(text, line), line).toBe(number);
  expect(numberOf(text, "landfall_queue_oldest_seconds")).toBeGreaterThanOrEqual(90);
  expect(numberOf(text, "landfall_backup_age_seconds")).toBeGreaterThanOrEqual(60);
  expect(numberOf(text, "process_resident_memory_bytes")).toBeGreaterThan(10_000_000);
});

test("the route asks everybody who they are, this machine too, and counts itself and the streams that are open", async () => {
  expect((await call(GET, { path: "/api/metrics", headers: HERE })).status).toBe(401);
  const wrong = { ...HERE, authorization: "Bearer undefined" };
  expect((await call(GET, { path: "/api/metrics", headers: wrong })).status).toBe(401);
  const member = { ...HERE, ...(await asToken(await aUser("member"))) };
  expect((await call(GET, { path: "/api/metrics", headers: member })).body.code).toBe("forbidden");
  const reader = { personId: "somebody", mayStill: async () => true };
  const stream = sseResponse(new Request("http://localhost/"), reader, async function* (ended) {
    yield new Uint8Array();
    await new Promise((end) => ended.addEventListener("abort", end));
  });
  const open = await call(GET, { path: "/api/metrics", headers: await asToken(await aUser("viewer")) });
  expect(open.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(numberOf(open.text, "landfall_sse_clients")).toBe(1);
  const unauthorised = 'landfall_http_request_duration_seconds_count{method="GET",route="/api/metrics",status="401"}';
  expect(numberOf(open.text, unauthorised)).toBe(2);
  await stream.body?.cancel();
  expect(numberOf(await metricsText(), "landfall_sse_clients")).toBe(0);
});

test.each(["docs/monitoring.md", "docs/monitoring/dashboard.json", "docs/monitoring/alerts.yml"])(
  "every metric that %s names is there",
  async (path) => {
    const exposed = new Set([...(await metricsText()).matchAll(/^(?:# TYPE )?([a-z0-9_]+)/gm)].map(([, name]) => name));
    const named = (await readFile(path, "utf8")).match(/\b(landfall|process|nodejs)_[a-z0-9_]+\b/g) ?? [];
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !exposed.has(name))).toEqual([]);
  },
);
