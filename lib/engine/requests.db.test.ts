import { afterAll, beforeAll, expect, test } from "vitest";
import type { Actor } from "@/lib/contracts/user";
import { db } from "@/lib/platform/db/client";
import { queue } from "@/lib/platform/queue/boss";
import { claimDeployment } from "./claim-deployment";
import { cancelDeployment } from "./deployment-commands";
import { getDeployment, listDeployments } from "./deployment-store";
import { readEvents } from "./follow-deployment";
import { requestDeployment, requestRollback } from "./request-deployment";
import { aLocalTarget, aPerson, aService } from "./test-service";

let admin: Actor & { id: string };
let member: Actor & { id: string };
let viewer: Actor & { id: string };
beforeAll(async () => {
  [admin, member, viewer] = await Promise.all([aPerson("admin"), aPerson("member"), aPerson("viewer")]);
});
afterAll(async () => (await queue()).stop({ graceful: false }));

test("a request is a row, its phases, an event, an audit row and a message", async () => {
  await aService(member, { name: "asked" });
  const view = await requestDeployment({ service: "asked" }, member);
  expect(view).toMatchObject({ number: 1, state: "queued", position: 1, kind: "deploy", lastEvent: 1 });
  expect(view.phases.map(({ key, status }) => `${key} ${status}`)).toEqual([
    "validation pending",
    "transfer pending",
    "build pending",
    "start pending",
    "verify pending",
    "register pending",
  ]);
  const messages = await db.$queryRaw<
    { data: object }[]
  >`SELECT data FROM pgboss.job WHERE data->>'serviceId' = ${view.service.id}`;
  expect(messages).toHaveLength(1);
  expect(await db.auditEvent.count({ where: { action: "deployment.deploy", actorId: member.id } })).toBe(1);
});

test("ten requests at once have ten numbers and run in their order", async () => {
  const service = await aService(member, { name: "busy" });
  const views = await Promise.all(Array.from({ length: 10 }, () => requestDeployment({ service: "busy" }, member)));
  const last = views.find(({ number }) => number === 10);
  expect((await getDeployment(last?.id ?? "")).position).toBe(10);
  const order: number[] = [];
  for (let turn = 0; turn < 10; turn++) {
    const claim = await claimDeployment(service.id, "test");
    if (claim.outcome !== "claimed") throw new Error(claim.outcome);
    order.push(claim.deployment.number);
    await db.deployment.update({ where: { id: claim.deployment.id }, data: { state: "succeeded" } });
  }
  expect(order).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect((await claimDeployment(service.id, "test")).outcome).toBe("none");
});

test("the same key answers the same deployment, and another request under it is refused", async () => {
  await aService(member, { name: "twice" });
  const options = { idempotencyKey: "key-1", requestHash: "a" };
  const [first, second] = await Promise.all([
    requestDeployment({ service: "twice" }, member, options),
    requestDeployment({ service: "twice" }, member, options),
  ]);
  expect(second?.id).toBe(first?.id);
  await expect(requestDeployment({ service: "twice" }, member, { ...options, requestHash: "b" })).rejects.toMatchObject(
    {
      code: "idempotency-key-reused",
    },
  );
});

test("who may not is refused, and learns nothing of others", async () => {
  await aService(admin, { name: "theirs" });
  await expect(requestDeployment({ service: "theirs" }, member)).rejects.toMatchObject({ code: "not-found" });
  await expect(requestDeployment({ service: "theirs" }, viewer)).rejects.toMatchObject({ code: "forbidden" });
  await expect(requestDeployment({ service: "none" }, admin)).rejects.toMatchObject({ code: "not-found" });
  expect((await listDeployments({ service: "theirs", ownerId: member.id }, { limit: 10 })).items).toEqual([]);
});

test("nothing is written for a disabled target", async () => {
  const service = await aService(member, { name: "disabled" });
  const target = await aLocalTarget();
  await db.target.update({ where: { id: target.id }, data: { disabledAt: new Date() } });
  try {
    await expect(requestDeployment({ service: "disabled" }, member)).rejects.toMatchObject({ code: "target-disabled" });
  } finally {
    await db.target.update({ where: { id: target.id }, data: { disabledAt: null } });
  }
  expect(await db.deployment.count({ where: { serviceId: service.id } })).toBe(0);
});

test("one that waits is cancelled at once, and only once", async () => {
  const service = await aService(member, { name: "waiting" });
  const { id } = await requestDeployment({ service: "waiting" }, member);
  expect(await cancelDeployment(id, member)).toMatchObject({
    state: "cancelled",
    problem: { code: "deployment-cancelled" },
  });
  expect((await readEvents(id, 0)).map(({ number, event }) => [number, event.type])).toEqual([
    [1, "state"],
    [2, "state"],
  ]);
  await expect(cancelDeployment(id, member)).rejects.toMatchObject({ code: "deployment-not-cancellable" });
  expect((await claimDeployment(service.id, "late")).outcome).toBe("none");
});

test("one that runs is told to end by its row", async () => {
  const service = await aService(member, { name: "running" });
  const { id } = await requestDeployment({ service: "running" }, member);
  await claimDeployment(service.id, "test");
  const view = await cancelDeployment(id, member);
  expect(view.state).toBe("running");
  expect(view.cancelRequestedAt).not.toBeNull();
});

test("a target takes as many as its limit, and a take-over does not count twice", async () => {
  const target = await aLocalTarget();
  await db.deployment.updateMany({ where: { state: { in: ["running", "queued"] } }, data: { state: "failed" } });
  await db.target.update({ where: { id: target.id }, data: { concurrency: 1 } });
  await aService(member, { name: "first" });
  await aService(member, { name: "second" });
  const first = await requestDeployment({ service: "first" }, member);
  const second = await requestDeployment({ service: "second" }, member);
  const claims = await Promise.all([claimDeployment(first.service.id, "a"), claimDeployment(second.service.id, "b")]);
  expect(claims.map(({ outcome }) => outcome).sort()).toEqual(["busy", "claimed"]);
  const running = claims[0]?.outcome === "claimed" ? first : second;
  const again = await claimDeployment(running.service.id, "c");
  expect(again.outcome === "claimed" && again.deployment.fencing).toBe(2);
});

test("going back needs something to go back to", async () => {
  await aService(member, { name: "new" });
  await expect(requestRollback({ serviceName: "new" }, member)).rejects.toMatchObject({ code: "no-previous-release" });
  const releaseId = "01890000-0000-7000-8000-000000000000";
  await expect(requestRollback({ serviceName: "new", releaseId }, member)).rejects.toMatchObject({ code: "not-found" });
});
