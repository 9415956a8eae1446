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
import { listServices } from "@/lib/services/service-store";
import { hostPlaceOf } from "@/lib/targets/test-host";
import { aDeployedService } from "../reconcile/test-deployed";
import { claimDue } from "./health-store";
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

test("somebody who may not see the service does not see its health either", async () => {
  await expect(readUptime(service.name, await aPerson("member"))).rejects.toMatchObject({ code: "not-found" });
});

test("a service without a live release is not watched, and its time ends", async () => {
  const { currentReleaseId } = await db.service.findUniqueOrThrow({ where: { id: service.id } });
  await db.service.update({ where: { id: service.id }, data: { currentReleaseId: null } });
  await watch();
  expect(await db.serviceHealth.count()).toBe(0);
  expect(await db.healthSpan.count({ where: { endedAt: { gt: new Date() } } })).toBe(0);
  await db.service.update({ where: { id: service.id }, data: { currentReleaseId } });
});
