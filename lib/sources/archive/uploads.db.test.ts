import { beforeAll, beforeEach, expect, test } from "vitest";
import type { Actor } from "@/lib/contracts/user";
import { aPerson, aService } from "@/lib/engine/test-service";
import { db, transaction } from "@/lib/platform/db/client";
import { tarGzOf } from "./test-archives";
import { anUpload } from "./test-uploads";
import { forgetUploads, touchUpload } from "./uploads";

let owner: Actor & { id: string };
beforeAll(async () => {
  owner = await aPerson("member", "ana");
});
beforeEach(async () => {
  await db.release.deleteMany();
  await db.deployment.deleteMany();
  await db.service.deleteMany();
  await db.upload.deleteMany();
});

async function anOldUpload(): Promise<string> {
  const { id } = await anUpload(await tarGzOf([{ path: "a", content: "x" }]), owner);
  await neededLast(id, 25);
  return id;
}
const neededLast = (id: string, hoursAgo: number) =>
  db.upload.update({ where: { id }, data: { lastNeededAt: new Date(Date.now() - hoursAgo * 3_600_000) } });
const left = async () => (await db.upload.findMany({ select: { id: true } })).map(({ id }) => id).toSorted();

async function aServiceOf(uploadId: string, name = "shop") {
  const service = await aService(owner, { name });
  return db.service.update({ where: { id: service.id }, data: { source: { kind: "archive", uploadId } } });
}

async function aDeploymentOf(uploadId: string, state: string, serviceName: string) {
  const service = await aService(owner, { name: serviceName });
  const { id: serviceId, targetId, driver } = service;
  const spec = { source: { kind: "archive", uploadId } };
  const asked = { number: 1, kind: "deploy", state, trigger: "api", driver, spec };
  return db.deployment.create({ data: { serviceId, targetId, ...asked } });
}

test("what nothing names goes a day after it was needed last, with its bytes; not before", async () => {
  const [old, young] = [await anOldUpload(), await anOldUpload()];
  await neededLast(young, 23);
  await forgetUploads();
  expect(await left()).toEqual([young]);
  expect(await db.uploadChunk.count({ where: { uploadId: old } })).toBe(0);
});

test("one that never became complete goes likewise, whatever names it", async () => {
  const { id } = await db.upload.create({ data: { ownerId: owner.id, fileName: "half.zip" } });
  await aServiceOf(id);
  await forgetUploads();
  expect(await left()).toEqual([id]);
  await neededLast(id, 25);
  await forgetUploads();
  expect(await left()).toEqual([]);
});

test("what a service names stays, and goes a day after another took its place", async () => {
  const id = await anOldUpload();
  const service = await aServiceOf(id);
  await forgetUploads();
  const source = { kind: "folder", path: "/srv" };
  await db.service.update({ where: { id: service.id }, data: { source } });
  await forgetUploads();
  expect(await left()).toEqual([id]);
  await neededLast(id, 25);
  await forgetUploads();
  expect(await left()).toEqual([]);
});

test("a service that was removed needs nothing", async () => {
  const service = await aServiceOf(await anOldUpload());
  await db.service.update({ where: { id: service.id }, data: { deletedAt: new Date() } });
  await forgetUploads();
  expect(await left()).toEqual([]);
});

test.each([
  ["queued", true],
  ["running", true],
  ["undoing", true],
  ["stuck", true],
  ["succeeded", false],
  ["failed", false],
  ["cancelled", false],
])("what a %s deployment names stays: %s", async (state, stays) => {
  const id = await anOldUpload();
  await aDeploymentOf(id, state, "shop");
  await forgetUploads();
  expect(await left()).toEqual(stays ? [id] : []);
});

test("what a release that can be gone back to names stays until it was pruned", async () => {
  const id = await anOldUpload();
  const { id: deploymentId, serviceId, targetId, driver } = await aDeploymentOf(id, "succeeded", "shop");
  const spec = { source: { kind: "archive", uploadId: id } };
  const release = await db.release.create({
    data: { serviceId, targetId, driver, number: 1, deploymentId, artifact: {}, spec },
  });
  await forgetUploads();
  expect(await left()).toEqual([id]);
  await db.release.update({ where: { id: release.id }, data: { prunedAt: new Date() } });
  await neededLast(id, 25);
  await forgetUploads();
  expect(await left()).toEqual([]);
});

test("an upload that a service comes to name at that very moment stays; later it is gone", async () => {
  const id = await anOldUpload();
  let forgotten: Promise<void> | undefined;
  const isThere = await transaction(async (tx) => {
    const touched = await touchUpload(tx, id);
    forgotten = forgetUploads();
    await expect.poll(waiting).toBeGreaterThan(0);
    return touched;
  });
  await forgotten;
  expect([isThere, await left()]).toEqual([true, [id]]);
  await neededLast(id, 25);
  await forgetUploads();
  expect(await transaction((tx) => touchUpload(tx, id))).toBe(false);
});

/** The number of statements that wait for a row lock. */
async function waiting(): Promise<number> {
  const [row] = await db.$queryRaw<{ count: bigint }[]>`
    SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
  return Number(row?.count);
}
