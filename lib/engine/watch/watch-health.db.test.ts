import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Actor } from "@/lib/contracts/user";
import type { HostPlace } from "@/lib/drivers/driver";
import { findSupervisor } from "@/lib/drivers/process/supervisor-client";
import { releaseLayout } from "@/lib/drivers/release-layout";
import { aLocalTarget, aPerson } from "@/lib/engine/test-service";
import { db } from "@/lib/platform/db/client";
import { published, subscribe } from "@/lib/platform/outbox/test-outbox";
import { queue } from "@/lib/platform/queue/boss";
import { readUptime } from "@/lib/services/read-uptime";
import { readUsage } from "@/lib/services/read-usage";
import { listServices } from "@/lib/services/service-store";
import { hostPlaceOf } from "@/lib/targets/test-host";
import { aDeployedService } from "../reconcile/test-deployed";
import { claimDue } from "./health-store";
import { measureUsage } from "./measure-usage";
import { LookReading } from "./usage";
import { claimLook, pruneUsage } from "./usage-store";
import { watchHealth } from "./watch-health";

subscribe("watcher", ["service.unhealthy", "service.healthy"]);

type Deployed = Awaited<ReturnType<typeof aDeployedService>>;

let owner: Actor & { id: string };
let root: string;
let place: HostPlace;
let targetId: string;
let service: Deployed;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "landfall-source-"));
  await chmod(root, 0o755);
  process.env.LANDFALL_SOURCE_ROOTS = root; // before anything reads the environment
  owner = await aPerson();
  const target = await aLocalTarget();
  targetId = target.id;
  place = await hostPlaceOf(target);
  service = await aDeployedService(owner, root, { name: "watched" });
});
afterAll(async () => {
  await (await findSupervisor(place))?.shutDown();
  await (await queue()).stop({ graceful: false });
  await rm(root, { recursive: true });
});

async function watch(): Promise<void> {
  await db.serviceHealth.updateMany({ data: { dueAt: new Date(0) } });
  await watchHealth(new AbortController().signal);
}
const uptime = () => readUptime(service.name, owner);
async function measure(workers = 1): Promise<void> {
  await db.usageLook.updateMany({ data: { dueAt: new Date(0) } });
  await Promise.all(Array.from({ length: workers }, () => measureUsage(new AbortController().signal)));
}
const usage = (inMs = 0) => readUsage(service.name, { hours: 1 }, owner, new Date(Date.now() + inMs));
const told = async () => (await published("watcher")).map(({ type }) => type);

test("a live release is requested after its deployment, and not again before it is due", async () => {
  expect(await uptime()).toMatchObject({ state: "unknown", since: null, answer: null, share: null, everyMs: 30_000 });
  await watch();
  const first = await uptime();
  expect(first).toMatchObject({ state: "healthy", answer: { ok: true, status: 200, error: null } });
  await watchHealth(new AbortController().signal);
  expect((await uptime()).answer).toEqual(first.answer);
  expect((await uptime()).share).toBe(1);
});

test("time in which no worker made requests counts as neither healthy nor unhealthy", async () => {
  const ago = (hours: number) => new Date(Date.now() - hours * 60 * 60_000);
  await db.healthSpan.updateMany({ data: { startedAt: ago(3), endedAt: ago(2) } });
  await watch();
  const { days, since } = await uptime();
  const healthyMs = days.reduce((sum, day) => sum + day.healthyMs, 0);
  expect(healthyMs).toBeGreaterThanOrEqual(60 * 60_000);
  expect(healthyMs).toBeLessThan(90 * 60_000);
  expect(Date.parse(since ?? "")).toBeGreaterThan(ago(1).getTime());
});

test("two workers do not request the same service twice", async () => {
  await db.serviceHealth.updateMany({ data: { dueAt: new Date(0) } });
  const claimed = await Promise.all([claimDue(targetId), claimDue(targetId)]);
  expect(claimed.flat().map(({ serviceId }) => serviceId)).toEqual([service.id]);
});

test("a service that a deployment is changing is left alone", async () => {
  const { id } = await db.deployment.findFirstOrThrow({ where: { serviceId: service.id } });
  await db.deployment.update({ where: { id }, data: { state: "running" } });
  await db.serviceHealth.updateMany({ data: { dueAt: new Date(0) } });
  expect(await claimDue(targetId)).toEqual([]);
  await db.deployment.update({ where: { id }, data: { state: "succeeded" } });
});

test("CPU and memory of a service are measured once a minute, and CPU from the second time on", async () => {
  expect(await usage()).toMatchObject({ cpu: { isTold: true, latest: null }, memory: { isTold: true, latest: null } });
  await measure(2);
  const first = await usage();
  expect(first.memory.latest).toBeGreaterThan(10_000_000);
  expect(first.cpu).toMatchObject({ isTold: true, latest: null, max: null });
  expect(first.deployments).toMatchObject([{ number: 1 }]);
  expect(first).toMatchObject({ cpu: { minutes: { length: 60 } }, memory: { minutes: { length: 60 } }, restarts: [] });

  const cpuAfterRequests = async () => {
    await Promise.all(Array.from({ length: 50 }, () => service.answers()));
    await measure();
    return (await usage()).cpu.latest;
  };
  await expect.poll(cpuAfterRequests).toBeGreaterThan(0);
});

test("a minute has one look, whichever worker takes it", async () => {
  await db.usageLook.updateMany({ data: { dueAt: new Date(0) } });
  const looks = await Promise.all([claimLook(targetId), claimLook(targetId), claimLook(targetId)]);
  expect(looks.filter((look) => look !== null)).toMatchObject([
    { targetId, before: { [service.id]: { restarts: 0 } } },
  ]);
});

test("minutes without an answer are gaps, and no figure is the latest for long", async () => {
  const { memory } = await usage();
  const soon = await usage(3 * 60_000);
  expect(soon.memory.minutes.slice(-2)).toEqual([null, null]);
  expect(soon.memory.latest).toBe(memory.latest);
  expect((await usage(9 * 60_000)).memory).toMatchObject({ latest: null, max: memory.max });
});

test("a figure that the host does not account for is said to be none", async () => {
  const look = await db.usageLook.findUniqueOrThrow({ where: { targetId } });
  const { [service.id]: reading } = LookReading.parse(look.reading);
  await db.usageLook.update({
    where: { targetId },
    data: { reading: { [service.id]: { ...reading, memoryBytes: null } } },
  });
  expect(await usage()).toMatchObject({ cpu: { isTold: true }, memory: { isTold: false } });
});

test("a service that stops answering is unhealthy, which is told once, and told again when it is back", async () => {
  const end = join(releaseLayout({ ...place, serviceName: service.name }, service.releaseId).directory, "end");
  await writeFile(end, "");
  await expect.poll(service.answers).toBe(false);
  for (let times = 0; times < 2; times += 1) await watch();
  expect(await uptime()).toMatchObject({ state: "healthy", answer: { ok: false } });
  for (let times = 0; times < 2; times += 1) await watch();
  expect(await uptime()).toMatchObject({ state: "unhealthy", answer: { ok: false }, since: expect.any(String) });
  expect(await told()).toEqual(["service.unhealthy"]);
  const [listed] = (await listServices({ status: "unhealthy", order: "newest" }, { limit: 5 })).items;
  expect(listed).toMatchObject({ name: service.name, live: { state: "unhealthy", release: 1 } });

  await rm(end);
  await expect.poll(service.answers).toBe(true);
  for (let times = 0; times < 2; times += 1) await watch();
  expect(await uptime()).toMatchObject({ state: "healthy", answer: { ok: true } });
  expect(await told()).toEqual(["service.unhealthy", "service.healthy"]);
  const { share, days } = await uptime();
  expect(share).toBeLessThan(1);
  expect(days.at(-1)?.unhealthyMs).toBeGreaterThan(0);
});

test("its restarts are counted in the minute in which they are seen", async () => {
  await measure();
  const { restarts } = await usage();
  expect(restarts).toMatchObject([{ at: expect.any(String), count: expect.any(Number) }]);
  expect(restarts[0]?.count).toBeGreaterThan(0);
});

test("figures are kept for a day", async () => {
  const hour = (ago: number) => new Date(Math.floor(Date.now() / 3_600_000 - ago) * 3_600_000);
  await db.serviceUsage.createMany({ data: [24, 26].map((ago) => ({ serviceId: service.id, hour: hour(ago) })) });
  await pruneUsage();
  const kept = await db.serviceUsage.findMany({ select: { hour: true }, orderBy: { hour: "asc" } });
  expect(kept[0]).toEqual({ hour: hour(24) });
});

test("a person without access to the service sees neither its health nor its figures", async () => {
  const stranger = await aPerson("member");
  await expect(readUsage(service.name, { hours: 1 }, stranger)).rejects.toMatchObject({ code: "not-found" });
  await expect(readUptime(service.name, stranger)).rejects.toMatchObject({ code: "not-found" });
});

test("a service without a live release is not watched, and its time ends", async () => {
  const { currentReleaseId } = await db.service.findUniqueOrThrow({ where: { id: service.id } });
  await db.service.update({ where: { id: service.id }, data: { currentReleaseId: null } });
  await watch();
  expect(await db.serviceHealth.count()).toBe(0);
  expect(await db.healthSpan.count({ where: { endedAt: { gt: new Date() } } })).toBe(0);
  await db.service.update({ where: { id: service.id }, data: { currentReleaseId } });
});
