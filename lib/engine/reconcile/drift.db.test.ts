import { chmod, mkdtemp, rename, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Condition, Restored } from "@/lib/contracts/drift";
import { Problem } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import type { HostPlace } from "@/lib/drivers/driver";
import { findSupervisor } from "@/lib/drivers/process/supervisor-client";
import { oldAssetsDirectory, releaseLayout } from "@/lib/drivers/release-layout";
import { claimDeployment } from "@/lib/engine/claim-deployment";
import { requestDeployment } from "@/lib/engine/request-deployment";
import { aLocalTarget, aPerson } from "@/lib/engine/test-service";
import { listAudit } from "@/lib/platform/audit/audit-store";
import { db } from "@/lib/platform/db/client";
import { published, subscribe } from "@/lib/platform/outbox/test-outbox";
import { queue } from "@/lib/platform/queue/boss";
import { checkServiceHealth, tailServiceLog } from "@/lib/services/running-service";
import { findTargetRow, type TargetRow } from "@/lib/targets/target-store";
import { hostPlaceOf } from "@/lib/targets/test-host";
import { checkDueTargets, checkTargetDrift } from "./check-target-drift";
import { keepCheck, listWanted } from "./service-check-store";
import { readTargetDrift, requestDriftCheck } from "./target-drift";
import { leaseTarget } from "./target-lease";
import { aDeployedService, SECRET } from "./test-deployed";

subscribe("watcher", ["service.down", "service.up", "drift.repaired", "target.unreachable", "target.reachable"]);

let admin: Actor & { id: string };
let root: string;
let target: TargetRow;
let place: HostPlace;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "landfall-source-"));
  await chmod(root, 0o755);
  process.env.LANDFALL_SOURCE_ROOTS = root; // before anything reads the environment
  admin = await aPerson();
  target = await aLocalTarget();
  place = await hostPlaceOf(target);
});
afterAll(async () => {
  await (await findSupervisor(place))?.shutDown();
  await (await queue()).stop({ graceful: false });
  await rm(root, { recursive: true });
});

const stopping = new AbortController().signal;
async function compare(): Promise<void> {
  await db.driftCheck.updateMany({ where: { targetId: target.id }, data: { dueAt: new Date(0) } });
  await checkTargetDrift(target, { stopping });
}
const checkOf = (service: { id: string }) => db.serviceCheck.findUniqueOrThrow({ where: { serviceId: service.id } });
const codesOf = async (service: { id: string }) =>
  ((await checkOf(service)).differences as { code: string }[]).map(({ code }) => code);

async function supervisor() {
  const found = await findSupervisor(place);
  if (!found) throw new Error("there is no supervisor");
  return found;
}

test("what is as it should be is said to be so, and nothing is written to the audit trail", async () => {
  const service = await aDeployedService(admin, root, { name: "good" });
  const old = await anOldAsset(service);
  await compare();
  expect(await checkOf(service)).toMatchObject({ condition: "good", releaseId: service.releaseId, differences: [] });
  expect((await listAudit({ action: "service.restore" }, { limit: 5 })).items).toEqual([]);
  expect(await readTargetDrift(target.name, admin)).toMatchObject({ compared: 1, services: [], problem: null });
  // A release that was replaced more than a day ago has no open pages.
  expect(await place.host.stat(old)).toBeNull();
});

/** A file of an earlier release, for a service that keeps such files. Answers its path. */
async function anOldAsset({ name, releaseId }: { name: string; releaseId: string }): Promise<string> {
  const path = join(oldAssetsDirectory({ ...place, serviceName: name }), "files/static/old.js");
  await place.host.writeFile(path, "");
  const at = new Date(Date.now() - 2 * 24 * 60 * 60_000);
  await utimes(path, at, at);
  await db.$executeRaw`
    UPDATE release SET spec = jsonb_set(spec, '{settings,keepAssets}', '"static"') WHERE id = ${releaseId}::uuid`;
  return path;
}

test("a supervisor that was killed is put back with its services, by Landfall itself", async () => {
  const service = await aDeployedService(admin, root, { name: "orphaned" });
  process.kill((await (await supervisor()).status()).pid, "SIGKILL");
  await expect.poll(() => findSupervisor(place)).toBeNull();
  await compare();
  await expect.poll(service.answers).toBe(true);
  const { items } = await listAudit({ action: "service.restore" }, { limit: 5 });
  expect(items[0]).toMatchObject({ actor: { id: null, name: "landfall" }, details: { restored: ["supervisor"] } });
  expect(await checkOf(service)).toMatchObject({ condition: "good", tries: 0 });
});

test("what comes back because Landfall was started again is not told as a loss", async () => {
  const service = await aDeployedService(admin, root, { name: "restarted" });
  await (await supervisor()).shutDown();
  await expect.poll(() => findSupervisor(place)).toBeNull();
  await checkTargetDrift(target, { stopping, isFirst: true });
  await expect.poll(service.answers).toBe(true);
  expect(await checkOf(service)).toMatchObject({ condition: "good", restored: [] });
  expect((await listAudit({ subject: "restarted", action: "service.restore" }, { limit: 5 })).items).toEqual([]);
});

test("a service that somebody stopped is started again, from its release and environment", async () => {
  const service = await aDeployedService(admin, root, { name: "stopped" });
  await (await supervisor()).removeService("stopped", 0);
  expect(await service.answers()).toBe(false);
  await compare();
  await expect.poll(service.answers).toBe(true);
  expect(await checkOf(service)).toMatchObject({ condition: "good", restored: ["release"], tries: 1 });
  const { services } = await readTargetDrift(target.name, admin);
  expect(services.find(({ name }) => name === "stopped")).toMatchObject({
    check: { condition: "good", restored: ["release"] },
  });
});

test("what cannot be put back is tried a few times, then left to people until somebody asks", async () => {
  const service = await aDeployedService(admin, root, { name: "ruined" });
  const { directory } = releaseLayout({ ...place, serviceName: "ruined" }, service.releaseId);
  await rename(directory, `${directory}.away`);
  await (await supervisor()).removeService("ruined", 0);
  for (const tries of [1, 2, 3, 3]) {
    await compare();
    expect(await checkOf(service)).toMatchObject({
      condition: "down",
      tries,
      problem: { code: "restore-failed", detail: "its files are not on the host any more" },
    });
  }
  expect(await codesOf(service)).toEqual(["release-absent"]);
  const since = (await checkOf(service)).since;
  const { services } = await readTargetDrift(target.name, admin);
  expect(services.find(({ name }) => name === "ruined")?.check).toMatchObject({ givenUp: true, tries: 3 });

  await rename(`${directory}.away`, directory);
  await compare();
  expect(await checkOf(service)).toMatchObject({ condition: "down", since });
  expect(await requestDriftCheck(target.name, admin)).toMatchObject({ requestedAt: expect.any(String) });
  await checkDueTargets(stopping);
  expect(await checkOf(service)).toMatchObject({ condition: "good", restored: ["release"], problem: null });
  expect(await readTargetDrift(target.name, admin)).toMatchObject({ requestedAt: null });
  const { items } = await listAudit({ action: "target.compare" }, { limit: 5 });
  expect(items).toMatchObject([{ actor: { id: admin.id }, subject: { name: target.name } }]);
});

test("one that ends again and again is not started by us; it is shown as down with its last lines, masked", async () => {
  const service = await aDeployedService(admin, root, { name: "looping" });
  const { directory } = releaseLayout({ ...place, serviceName: "looping" }, service.releaseId);
  await writeFile(join(directory, "end"), "");
  await expect
    .poll(async () => (await (await supervisor()).service("looping"))?.releases[0]?.restarts)
    .toBeGreaterThan(2);
  for (const condition of ["unsteady", "unsteady", "down"]) {
    await compare();
    expect((await checkOf(service)).condition).toBe(condition);
  }
  const check = await checkOf(service);
  expect(check).toMatchObject({ exitCode: 7, tries: 0, restored: [] });
  expect(await codesOf(service)).toEqual(["release-unsteady"]);
  expect(check.lastOutput.join("\n")).toContain("it ends, and its secret is ********");
  expect(JSON.stringify(check)).not.toContain(SECRET);
  await rm(join(directory, "end"));
  // It may answer once more before it exits: it checks for the file a moment after it listens.
  const condition = async () => {
    await compare();
    return (await checkOf(service)).condition;
  };
  await expect.poll(condition, { timeout: 30_000 }).toBe("good");
  expect((await checkOf(service)).lastOutput).toEqual([]);
});

test("a service that is being deployed is left alone", async () => {
  const service = await aDeployedService(admin, root, { name: "moving" });
  const { id } = await requestDeployment({ service: "moving" }, admin);
  await db.deployment.update({ where: { id }, data: { state: "running" } });
  await (await supervisor()).removeService("moving", 0);
  await compare();
  expect(await db.serviceCheck.findUnique({ where: { serviceId: service.id } })).toBeNull();
  expect(await service.answers()).toBe(false);
  await db.deployment.update({ where: { id }, data: { state: "failed" } });
  await compare();
  await expect.poll(service.answers).toBe(true);
});

test("no deployment of a service begins while it is being put back", async () => {
  const service = await aDeployedService(admin, root, { name: "mended" });
  await compare();
  const lease = await leaseTarget(target.id, { stopping, isFirst: true });
  await db.serviceCheck.update({ where: { serviceId: service.id }, data: { restoringBy: lease?.id ?? "" } });
  await requestDeployment({ service: "mended" }, admin);
  expect((await claimDeployment(service.id, "worker")).outcome).toBe("busy");
  await lease?.release(null);
  expect((await claimDeployment(service.id, "worker")).outcome).toBe("claimed");
});

test("a target is compared by one worker at a time, and by another when that one is dead", async () => {
  const first = await leaseTarget(target.id, { stopping, isFirst: true });
  expect(first).not.toBeNull();
  expect(await leaseTarget(target.id, { stopping, isFirst: true })).toBeNull();
  await db.driftCheck.update({ where: { targetId: target.id }, data: { heldUntil: new Date(Date.now() - 1_000) } });
  const second = await leaseTarget(target.id, { stopping, isFirst: true });
  expect(second).not.toBeNull();
  await first?.release({ problem: null, nextInMs: 60_000 });
  expect((await db.driftCheck.findUnique({ where: { targetId: target.id } }))?.heldBy).toBe(second?.id);
  await second?.release({ problem: null, nextInMs: 60_000 });
  expect(await leaseTarget(target.id, { stopping })).toBeNull();
});

test("what somebody asks for during a check is done right after it", async () => {
  const lease = await leaseTarget(target.id, { stopping, isFirst: true });
  await requestDriftCheck(target.name, admin);
  await lease?.release({ problem: null, nextInMs: 60_000 });
  const next = await leaseTarget(target.id, { stopping });
  expect(next?.requestedAt).toBeInstanceOf(Date);
  await next?.release(null);
});

test("a service that goes down and comes back, and what was repaired of it, is published once per change", async () => {
  const service = await aDeployedService(admin, root, { name: "watched" });
  const keep = async (condition: Condition, restored: Restored[] = []) => {
    const wanted = (await listWanted(target.id)).find(({ name }) => name === "watched");
    if (!wanted) return expect.unreachable("the service should run");
    const seen = { differences: [], exitCode: null, restarts: 0, unsteadyLooks: 0, lastOutput: [], tries: 0 };
    const rest = { triedAt: null, problem: null, registryAt: null, at: new Date() };
    await keepCheck(wanted, { ...seen, ...rest, condition, restored });
  };
  for (const condition of ["good", "down", "down"] as const) await keep(condition);
  await keep("good", ["release"]);
  for (const condition of ["drifted", "unsteady", "down"] as const) await keep(condition);
  const events = (await published("watcher")).filter((event) => "serviceId" in event && event.serviceId === service.id);
  expect(events.map(({ type }) => type)).toEqual(["service.down", "service.up", "drift.repaired", "service.down"]);
});

test("a target that cannot be checked, and can be again, is published once per change", async () => {
  const before = (await published("watcher")).length;
  const problem = new Problem("host-unreachable").toData();
  for (const found of [problem, problem, null, null]) {
    const lease = await leaseTarget(target.id, { stopping, isFirst: true });
    await lease?.release({ problem: found, nextInMs: 60_000 });
  }
  const targetId = target.id;
  expect((await published("watcher")).slice(before)).toEqual([
    { type: "target.unreachable", targetId, problem },
    { type: "target.reachable", targetId },
  ]);
});

test("a registration that was lost is announced again; one that somebody changed is shown", async () => {
  const service = await aDeployedService(admin, root, { name: "announced", autoRegister: true });
  const key = { registry_name: { registry: "builtin", name: "announced" } };
  const before = await db.registration.delete({ where: key });
  await requestDriftCheck(target.name, admin);
  await checkDueTargets(stopping);
  expect(await db.registration.findUniqueOrThrow({ where: key })).toMatchObject({ endpoint: before.endpoint });
  expect(await checkOf(service)).toMatchObject({ condition: "good", restored: ["registration"] });

  await db.registration.update({ where: key, data: { endpoint: "http://elsewhere:1" } });
  await compare();
  expect(await codesOf(service)).toEqual([]); // the Registry was checked a moment ago
  await requestDriftCheck(target.name, admin);
  await checkDueTargets(stopping);
  expect(await checkOf(service)).toMatchObject({
    condition: "drifted",
    differences: [{ code: "registration-changed", params: { found: "http://elsewhere:1", wanted: before.endpoint } }],
  });
  await compare();
  expect(await codesOf(service)).toEqual(["registration-changed"]);
  await db.registration.update({ where: key, data: { endpoint: before.endpoint } });
});

test("a disabled target is skipped, and nobody can ask for it", async () => {
  await db.target.update({ where: { id: target.id }, data: { disabledAt: new Date() } });
  await db.driftCheck.update({ where: { targetId: target.id }, data: { dueAt: new Date(0), checkedAt: null } });
  await checkDueTargets(stopping);
  expect(await db.driftCheck.findUnique({ where: { targetId: target.id } })).toMatchObject({ checkedAt: null });
  await expect(requestDriftCheck(target.name, admin)).rejects.toMatchObject({ code: "target-disabled" });
  await db.target.update({ where: { id: target.id }, data: { disabledAt: null } });
});

test("a member sees the drift of their own services only", async () => {
  const member = await aPerson("member");
  await aDeployedService(member, root, { name: "mine" });
  await compare();
  const seen = await readTargetDrift(target.name, member);
  expect(seen.compared).toBe(1);
  expect((await readTargetDrift(target.name, admin)).compared).toBeGreaterThan(1);
});

test("a host that cannot be asked leaves its services unknown, and says why", async () => {
  const service = await aDeployedService(admin, root, { name: "far" });
  await compare();
  const elsewhere = { ...target, settings: { machine: "another-machine" } };
  await checkTargetDrift(elsewhere, { stopping, isFirst: true });
  expect(await checkOf(service)).toMatchObject({ condition: "unknown", problem: { code: "host-unreachable" } });
  expect(await readTargetDrift(target.name, admin)).toMatchObject({ problem: { code: "host-unreachable" } });
  await compare();
  expect(await checkOf(service)).toMatchObject({ condition: "good", problem: null });
  expect((await findTargetRow(target.name))?.id).toBe(target.id);
});

test("a running service's log and its answers show none of its secrets, and stay readable", async () => {
  const service = await aDeployedService(admin, root, { name: "talkative" });
  const probe = await checkServiceHealth(service.name, admin);
  expect(probe).toMatchObject({ ok: true, bodyStart: "ok, ********" });
  const log = await tailServiceLog(service.name, { tail: 10, follow: false, signal: stopping }, admin);
  expect(await Array.fromAsync(log)).toContain("listening as production with ********");
});
