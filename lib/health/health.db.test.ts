import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { PrismaPg } from "@prisma/adapter-pg";
import { afterEach, expect, test, vi } from "vitest";
import { GET } from "@/app/api/health/route";
import { asToken, aUser } from "@/lib/auth/test-callers";
import { db } from "@/lib/db/client";
import { PrismaClient } from "@/lib/db/generated/client";
import { call } from "@/lib/http/test-call";
import { announceProcess } from "./announce-process";
import { look } from "./monitor";

afterEach(async () => {
  await db.process.deleteMany();
});

test("workers are counted while they say that they live", async () => {
  expect((await look()).checks.workers.status).toBe("failed");
  const worker = await announceProcess("worker");
  const web = await announceProcess("web");
  const { checks } = await look();
  expect(checks.workers).toMatchObject({ status: "ok", details: { alive: [{ pid: process.pid }] } });
  await db.process.update({ where: { id: worker.id }, data: { seenAt: new Date(Date.now() - 16_000) } });
  expect((await look()).checks.workers.status).toBe("failed");
  await worker.stop();
  await web.stop();
  expect(await db.process.count()).toBe(0);
});

test("details are for whoever is signed in", async () => {
  const stranger = await call(GET);
  expect(stranger.status).toBe(200);
  expect(stranger.body.checks.database).toEqual({ status: "ok" });
  const known = await call(GET, { headers: await asToken(await aUser("viewer")) });
  expect(known.body.checks.disk.details.path).toBe(process.env.LANDFALL_DATA_DIR);
});

test("a wrong token is a stranger, and the page still answers", async () => {
  const { status, body } = await call(GET, { headers: { "x-api-key": "lf_wrong" } });
  expect([status, body.checks.disk.details]).toEqual([200, undefined]);
});

test("a target that did not answer degrades", async () => {
  await db.target.create({ data: { name: "far", kind: "ssh", lastCheck: { ok: false } } });
  const { checks, ssh } = await look();
  expect(checks.targets).toMatchObject({ status: "warning", details: { unreachable: ["far"] } });
  expect(ssh).toBe("disconnected");
  await db.target.update({ where: { name: "far" }, data: { disabledAt: new Date() } });
  expect((await look()).checks.targets.status).toBe("ok");
});

test("while its database hangs it answers in 100 ms, and soon says so", async () => {
  const silent = createServer(() => {}).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as AddressInfo;
  const hanging = new PrismaClient({ adapter: new PrismaPg({ connectionString: `postgresql://x@127.0.0.1:${port}/x` }) });
  const shared = globalThis as { landfallDb?: PrismaClient; landfallHealth?: unknown };
  const { landfallDb } = shared;
  shared.landfallDb = hanging;
  shared.landfallHealth = undefined;
  try {
    const credentials = { "x-api-key": "lf_000000000000000000000000000" };
    await call(GET, { headers: credentials }); // the client is made on its first use
    const startedMs = performance.now();
    expect((await call(GET, { headers: credentials })).headers.get("x-request-id")).not.toBeNull();
    expect(performance.now() - startedMs).toBeLessThan(100);
    await vi.waitFor(async () => expect((await call(GET)).status).toBe(503), { timeout: 5_000, interval: 200 });
    const { body } = await call(GET);
    expect([body.status, body.checks.database.status, body.checks.disk.status]).toEqual(["unhealthy", "failed", "ok"]);
  } finally {
    shared.landfallDb = landfallDb;
    shared.landfallHealth = undefined;
    silent.close();
  }
});
