import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Announcement } from "@/lib/contracts/registration";
import { aPerson } from "@/lib/engine/test-service";
import { db } from "@/lib/platform/db/client";
import type { EventFor } from "@/lib/platform/outbox/domain-events";
import { ensureOutboxQueues, queueOf } from "@/lib/platform/outbox/outbox";
import { makeDue, published } from "@/lib/platform/outbox/test-outbox";
import { queue } from "@/lib/platform/queue/boss";
import { ensureLocalTarget } from "@/lib/targets/ensure-targets";
import { createRegistryPort } from "./current-registry";
import { ExternalRegistry } from "./external-registry";
import type { Registry } from "./registry";
import { TestRegistry } from "./test-registry";

process.env.LANDFALL_LOG_LEVEL = "silent";

let remote: TestRegistry;
let registry: Registry;
let serviceId: string;
beforeAll(async () => {
  const owner = await aPerson("member");
  const { id: targetId } = await ensureLocalTarget();
  const service = { name: "shop", ownerId: owner.id, targetId, driver: "process", source: {}, port: 4100 };
  serviceId = (await db.service.create({ data: service })).id;
  await ensureOutboxQueues(await queue());
});
beforeEach(async () => {
  await db.registration.deleteMany();
  await db.$executeRaw`DELETE FROM pgboss.job`;
  remote = await TestRegistry.start();
  registry = new ExternalRegistry({ url: remote.url });
});
afterEach(() => remote.stop());
afterAll(async () => (await queue()).stop({ graceful: false }));

const row = () =>
  db.registration.findUniqueOrThrow({ where: { registry_name: { registry: remote.url, name: "shop" } } });
const never = () => AbortSignal.timeout(60_000);
const port = () => createRegistryPort({ serviceId }, registry);
/** One run of the worker: publishes what the Registry has lost, and delivers every due message. */
async function catchUp(): Promise<{ announced: number; failed: number }> {
  const result = { announced: 0, failed: 0 };
  await registry.remind(never()).catch(() => result.failed++);
  const boss = await queue();
  const name = queueOf("registrations");
  for (;;) {
    const [job] = await boss.fetch<{ event: EventFor<"registrations"> }>(name);
    if (!job) return result;
    try {
      if (await registry.deliver(job.data.event.name, never())) result.announced++;
      await boss.complete(name, job.id);
    } catch (error) {
      result.failed++;
      await boss.fail(name, job.id, error as Error);
    }
  }
}

function announcement(change: Partial<Announcement> = {}): Announcement {
  const metadata = {
    deployment_method: "process",
    port: 4100,
    host: "localhost",
    release: "r1",
    deployed_at: "2026-11-20T14:00:00.000Z",
  };
  return { name: "shop", dropletId: null, endpoint: "http://localhost:4100", metadata, ...change };
}

test("a new name is registered, described, read back and kept with the Registry's answer", async () => {
  await port().announce(announcement());
  expect(remote.asked).toEqual(["POST /register", "PATCH /droplets/1", "GET /droplets/1"]);
  expect(remote.byName("shop")).toMatchObject({
    endpoint: "http://localhost:4100",
    metadata: { deployment_method: "process", release: "r1" },
  });
  expect(await row()).toMatchObject({
    serviceId,
    dropletId: 1,
    pendingSince: null,
    problem: null,
    lastAnnouncedAt: expect.any(Date),
    response: { droplet: { id: 1, name: "shop", endpoint: "http://localhost:4100" } },
  });
});

test("a name that is there is found and changed; an id that was asked for is given", async () => {
  await port().announce(announcement({ dropletId: 7 }));
  await port().announce(announcement({ dropletId: 7, endpoint: "http://localhost:4200" }));
  expect([...remote.droplets.keys()]).toEqual([7]);
  expect(remote.byName("shop")?.endpoint).toBe("http://localhost:4200");
  expect(remote.asked.slice(3)).toEqual([
    "POST /register",
    "GET /droplets/name/shop",
    "PATCH /droplets/7",
    "GET /droplets/7",
  ]);
});

const foreign = (id: number) => ({
  ...{ id, name: "shop", endpoint: "http://theirs", status: "active" },
  ...{ metadata: {}, registered_at: "" },
});

test("a droplet that another client registered is never changed and never removed", async () => {
  remote.droplets.set(4, foreign(4));
  await expect(port().announce(announcement())).rejects.toMatchObject({ code: "name-taken", params: { name: "shop" } });
  expect(await row()).toMatchObject({ pendingSince: expect.any(Date), problem: { code: "name-taken" } });
  expect(await registry.addressOf(serviceId, "shop", { tries: 1, signal: never() })).toBeNull();
  await port().withdraw("shop");
  expect(remote.byName("shop")).toEqual(foreign(4));
  expect(remote.asked.filter((asked) => /^(PATCH|DELETE)/.test(asked))).toEqual([]);
});

test("a droplet whose answer was lost is known by its release", async () => {
  const release = crypto.randomUUID();
  const { ownerId, targetId } = await db.service.findUniqueOrThrow({ where: { id: serviceId } });
  const asked = {
    kind: "deploy",
    state: "failed",
    driver: "process",
    spec: {},
    trigger: "api",
    requestedById: ownerId,
  };
  await db.deployment.create({ data: { ...asked, serviceId, targetId, number: 1, releaseId: release } });
  const metadata = { ...announcement().metadata, release };
  const lost = {
    name: "shop",
    endpoint: "http://localhost:4100",
    status: "active",
    registered_at: new Date().toISOString(),
  };
  remote.droplets.set(4, { ...lost, id: 4, metadata: { version: release } });
  await port().announce(announcement({ metadata: { ...metadata, release: crypto.randomUUID() } }));
  expect(await row()).toMatchObject({ dropletId: 4, pendingSince: null });
  // The id belonged to another service of this name, so it is not this service's.
  await db.deployment.deleteMany();
  await db.registration.updateMany({ data: { serviceId: null } });
  await expect(port().announce(announcement())).rejects.toMatchObject({ code: "name-taken" });
});

test("an id that is somebody else's is a refusal in the Registry's words", async () => {
  remote.droplets.set(7, {
    id: 7,
    name: "other",
    endpoint: "http://x",
    status: "active",
    metadata: {},
    registered_at: "",
  });
  const refused = port().announce(announcement({ dropletId: 7 }));
  await expect(refused).rejects.toMatchObject({ code: "registration-failed", detail: "HTTP 409: id 7 exists" });
  expect(await row()).toMatchObject({
    attempts: 1,
    pendingSince: expect.any(Date),
    problem: { code: "registration-failed" },
  });
});

test("a Registry that is away fails the announcement at its first answer, and it is owed", async () => {
  remote.ill = 503;
  await expect(port().announce(announcement())).rejects.toMatchObject({ code: "registration-failed" });
  expect(remote.asked).toHaveLength(1);
  expect(await row()).toMatchObject({ pendingSince: expect.any(Date), attempts: 1, registeredAt: null });
});

test("one that takes the connection and says nothing is given up after a few seconds", async () => {
  remote.silent = true;
  await expect(port().announce(announcement())).rejects.toMatchObject({ code: "registration-failed" });
  expect(remote.asked).toHaveLength(1);
});

test("what is owed is announced in the background, but not at once", async () => {
  remote.ill = 503;
  await expect(port().announce(announcement())).rejects.toThrow();
  remote.ill = null;
  expect(await catchUp()).toEqual({ announced: 0, failed: 0 });
  await makeDue();
  expect(await catchUp()).toEqual({ announced: 1, failed: 0 });
  expect(remote.byName("shop")?.metadata).toMatchObject({ release: "r1" });
  expect(await row()).toMatchObject({ pendingSince: null, attempts: 0, problem: null, dropletId: 1 });
});

test("a debt is written down before it is tried, so a process that dies leaves it to another", async () => {
  remote.silent = true;
  const dying = port().announce(announcement());
  await expect.poll(() => remote.asked.length).toBe(1);
  expect(await row()).toMatchObject({ pendingSince: expect.any(Date), endpoint: "http://localhost:4100" });
  await expect(dying).rejects.toThrow();
});

test("a Registry that restarted and forgot is told again", async () => {
  await port().announce(announcement());
  expect(await catchUp()).toEqual({ announced: 0, failed: 0 });
  remote.forget();
  expect(await catchUp()).toEqual({ announced: 1, failed: 0 });
  expect(remote.byName("shop")?.endpoint).toBe("http://localhost:4100");
  expect((await row()).pendingSince).toBeNull();
});

test("a Registry that forgot everything gets back the ids that it had given, in whatever order it is told", async () => {
  for (const id of [1, 2, 3, 4]) remote.droplets.set(id, { ...foreign(id), name: `other-${id}` });
  await port().announce(announcement());
  await registry.announce(serviceId, announcement({ name: "shop-two" }), { tries: 1, signal: never() });
  remote.forget();
  await registry.announce(serviceId, announcement({ name: "shop-two" }), { tries: 1, signal: never() });
  await catchUp();
  expect([...remote.droplets.values()].map(({ id, name }) => [id, name])).toEqual([
    [6, "shop-two"],
    [5, "shop"],
  ]);
});

test("an id that a forgetful Registry gave to another name does not stand in the way", async () => {
  await port().announce(announcement());
  remote.forget();
  remote.droplets.set(1, { ...foreign(1), name: "shop-two" });
  await catchUp();
  expect(await row()).toMatchObject({ dropletId: 2, pendingSince: null });
});

test("withdrawing takes it out; nothing there is success; a Registry that is away owes the withdrawal", async () => {
  await port().withdraw("shop");
  expect(remote.asked).toEqual([]);
  await port().announce(announcement());
  remote.ill = 500;
  await expect(port().withdraw("shop")).rejects.toMatchObject({ code: "registration-failed" });
  expect(await row()).toMatchObject({ status: "withdrawn", pendingSince: expect.any(Date) });

  remote.ill = null;
  await makeDue();
  expect(await catchUp()).toEqual({ announced: 1, failed: 0 });
  expect(remote.byName("shop")).toBeUndefined();
  expect(await db.registration.count()).toBe(0);
});

test("an answer to an older announcement does not settle a newer one", async () => {
  await port().announce(announcement());
  const late = registry.announce(serviceId, announcement({ endpoint: "http://localhost:1" }), {
    tries: 1,
    signal: never(),
  });
  const newer = registry.announce(serviceId, announcement({ endpoint: "http://localhost:2" }), {
    tries: 1,
    signal: never(),
  });
  await Promise.allSettled([late, newer]);
  await makeDue();
  await catchUp();
  expect((await row()).pendingSince).toBeNull();
  expect(remote.byName("shop")?.endpoint).toBe((await row()).endpoint);
});

test("a failed round says so, keeps the cause and leaves the rest for the next one", async () => {
  await port().announce(announcement());
  remote.ill = 401;
  expect(await catchUp()).toEqual({ announced: 0, failed: 1 });
  expect((await row()).pendingSince).toBeNull();
  expect(await registry.isUp(never())).toBe(false);
  remote.ill = null;
  expect(await registry.isUp(never())).toBe(true);
});

test("what is owed and has no message is published again, once whatever the number of workers", async () => {
  remote.ill = 503;
  await expect(port().announce(announcement())).rejects.toThrow();
  // The state left by an older version, or by a restore from an archive.
  await db.$executeRaw`DELETE FROM pgboss.job`;
  await registry.remind(never());
  expect(await published("registrations")).toEqual([]);
  await db.$executeRaw`UPDATE registration SET updated_at = now() - interval '1 hour'`;
  await Promise.all([registry.remind(never()), registry.remind(never())]);
  expect(await published("registrations")).toHaveLength(1);
  remote.ill = null;
  expect(await catchUp()).toEqual({ announced: 1, failed: 0 });
  expect(await row()).toMatchObject({ pendingSince: null, dropletId: 1 });
});

test("a message that arrives late announces what the row holds now, and nothing of a removed service", async () => {
  remote.ill = 503;
  await expect(port().announce(announcement({ endpoint: "http://localhost:1" }))).rejects.toThrow();
  await expect(port().announce(announcement({ endpoint: "http://localhost:2" }))).rejects.toThrow();
  remote.ill = null;
  expect(await published("registrations")).toHaveLength(2);
  await makeDue();
  expect(await catchUp()).toEqual({ announced: 1, failed: 0 });
  expect(remote.byName("shop")?.endpoint).toBe("http://localhost:2");

  remote.ill = 503;
  await expect(port().announce(announcement({ endpoint: "http://localhost:3" }))).rejects.toThrow();
  remote.ill = null;
  await port().withdraw("shop");
  await makeDue();
  expect(await catchUp()).toEqual({ announced: 0, failed: 0 });
  expect(remote.byName("shop")).toBeUndefined();
});

test("five failures in a row open the circuit, and then nothing is asked", async () => {
  remote.ill = 500;
  for (let round = 0; round < 5; round++) await expect(port().announce(announcement())).rejects.toThrow();
  expect(registry.circuit).toBe("open");
  await expect(port().announce(announcement())).rejects.toMatchObject({
    detail: expect.stringContaining("several times in a row"),
  });
  expect(remote.asked).toHaveLength(5);
});
