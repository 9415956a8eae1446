import { afterAll, beforeAll, expect, test } from "vitest";
import { cancelDeployment } from "@/lib/engine/deployment-commands";
import { requestDeployment } from "@/lib/engine/request-deployment";
import { aPerson, aService } from "@/lib/engine/test-service";
import { db, transaction } from "@/lib/platform/db/client";
import { type Dispatcher, publish, startDispatcher } from "@/lib/platform/outbox/outbox";
import { published } from "@/lib/platform/outbox/test-outbox";
import { queue } from "@/lib/platform/queue/boss";
import { SUBSCRIBERS } from "./subscribers";

let dispatcher: Dispatcher;
beforeAll(async () => {
  dispatcher = await startDispatcher(await queue("worker"), SUBSCRIBERS);
});
afterAll(async () => {
  await dispatcher.stop();
  await (await queue()).stop({ graceful: false });
});

test("a deployment that ends is counted, and nothing is left of its event", async () => {
  const admin = await aPerson();
  await aService(admin, { name: "counted" });
  const { id } = await requestDeployment({ service: "counted" }, admin);
  await cancelDeployment(id, admin);
  const counted = () => db.durationTally.findMany({ select: { subject: true, outcome: true, count: true } });
  await expect.poll(counted).toEqual([{ subject: "deployment", outcome: "cancelled", count: 1n }]);
  expect(await db.deployment.findUnique({ where: { id } })).toMatchObject({ tallied: true });
  await expect.poll(() => published("tallies")).toEqual([]);
});

test("an update that is owed to a Registry of before is not sent to the present one", async () => {
  await transaction((tx) => publish(tx, { type: "registration.pending", registry: "http://before", name: "shop" }));
  await expect.poll(() => published("registrations")).toEqual([]);
  expect(await db.registration.count()).toBe(0);
});
