import { randomUUID } from "node:crypto";
import { PgBoss } from "pg-boss";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { db, transaction } from "@/lib/platform/db/client";
import { env } from "@/lib/platform/env";
import { queue } from "@/lib/platform/queue/boss";
import type { DomainEvent } from "./domain-events";
import { type Dispatcher, type Handler, type Handlers, publish, queueOf, startDispatcher } from "./outbox";
import { published, subscribe } from "./test-outbox";

subscribe("first", ["service.down", "service.up"]);
subscribe("second", ["service.down"]);

let boss: PgBoss;
let other: PgBoss;
let dispatchers: Dispatcher[] = [];
beforeAll(async () => {
  boss = await queue("worker");
  other = new PgBoss({
    connectionString: env.DATABASE_URL.reveal(),
    ...{ migrate: false, createSchema: false, supervise: false, schedule: false, useListenNotify: true },
  });
  await other.start();
});
afterEach(async () => {
  await Promise.all(dispatchers.map((dispatcher) => dispatcher.stop()));
  dispatchers = [];
  await db.$executeRaw`DELETE FROM pgboss.job WHERE name LIKE 'outbox.%'`;
});
afterAll(async () => {
  await other.stop({ graceful: false });
  await boss.stop({ graceful: false });
});

const down = (serviceId = randomUUID()) => ({ type: "service.down" as const, serviceId, releaseId: randomUUID() });
const up = (serviceId: string) => ({ type: "service.up" as const, serviceId, releaseId: randomUUID() });
const told = (...events: DomainEvent[]) =>
  transaction(async (tx) => {
    for (const event of events) await publish(tx, event);
  });
async function dispatch(handlers: Record<string, Handler>, by = boss): Promise<void> {
  dispatchers.push(await startDispatcher(by, handlers as Handlers, { pollSeconds: 0.5 }));
}

test("each subscriber is told what it asked for, with the time of the fact", async () => {
  const events: { first: unknown[]; second: unknown[] } = { first: [], second: [] };
  const before = Date.now();
  const service = randomUUID();
  const [one, two] = [down(service), up(service)];
  await told(one, two);
  await dispatch({
    first: async (event, { at }) => events.first.push(event, at.getTime() >= before && at.getTime() <= Date.now()),
    second: async (event) => events.second.push(event),
  });
  await expect.poll(() => events).toEqual({ first: [one, true, two, true], second: [one] });
  await expect.poll(() => published("first")).toEqual([]);
});

test("a transaction that is rolled back tells nobody", async () => {
  const undone = transaction(async (tx) => {
    await publish(tx, down());
    throw new Error("the fact did not happen");
  });
  await expect(undone).rejects.toThrow("the fact did not happen");
  expect(await published("first")).toEqual([]);
  expect(await published("second")).toEqual([]);
});

test("events of a subject arrive in their order, also behind one that is repeated, and others do not wait", async () => {
  const [slow, quick] = [randomUUID(), randomUUID()];
  const events = [down(slow), up(slow), down(slow), up(slow)];
  for (const event of events) await told(event);
  await told(down(quick));
  const seen: string[] = [];
  let failures = 2;
  await dispatch({
    first: async (event) => {
      if (event.type !== "service.down" && event.type !== "service.up") return;
      if (event.serviceId === slow && failures-- > 0) throw new Error("not now");
      seen.push(event.serviceId === slow ? event.releaseId : "quick");
    },
  });
  await expect.poll(() => seen).toHaveLength(5);
  expect(seen[0]).toBe("quick");
  expect(seen.slice(1)).toEqual(events.map(({ releaseId }) => releaseId));
});

test("a subscriber that always fails holds up no other, and its attempts and last error are kept", async () => {
  const seen: unknown[] = [];
  const event = down();
  await told(event);
  await dispatch({
    first: async () => {
      throw new Error("it is broken");
    },
    second: async (one) => seen.push(one),
  });
  await expect.poll(() => seen).toEqual([event]);
  const kept = () => db.$queryRaw`
    SELECT state::text, retry_count > 1 AS repeated, output->>'message' AS error FROM pgboss.job WHERE name = ${queueOf("first")}`;
  await expect.poll(kept).toMatchObject([{ repeated: true, error: "it is broken" }]);
});

test("two dispatchers share the work: each event is delivered once", async () => {
  const events = Array.from({ length: 30 }, () => down());
  const seen = new Map<PgBoss, string[]>([
    [boss, []],
    [other, []],
  ]);
  for (const [by, mine] of seen) {
    await dispatch(
      {
        first: async (event) => {
          if (event.type === "service.down") mine.push(event.releaseId);
          await new Promise((resolve) => setTimeout(resolve, 20));
        },
      },
      by,
    );
  }
  await told(...events);
  const all = () => [...seen.values()].flat().toSorted();
  await expect.poll(all).toEqual(events.map(({ releaseId }) => releaseId).toSorted());
});

test("an event whose worker died before it was delivered is delivered by another one", async () => {
  const event = down();
  await told(event);
  // Leaves the state of a dead process: it took the message and has sent no heartbeats for a while.
  expect(await other.fetch(queueOf("first"))).toHaveLength(1);
  await db.$executeRaw`UPDATE pgboss.job SET heartbeat_on = heartbeat_on - interval '1 minute' WHERE state = 'active'`;
  const seen: unknown[] = [];
  await dispatch({ first: async (one) => seen.push(one) });
  await expect.poll(() => seen).toEqual([event]);
});

test("a message that nobody can read waits for a worker that can", async () => {
  await told(down());
  await db.$executeRaw`UPDATE pgboss.job SET data = '{"event": {"type": "of a newer version"}}' WHERE name LIKE 'outbox.%'`;
  await dispatch({ first: async () => {} });
  const kept = () => db.$queryRaw`SELECT retry_count > 0 AS repeated FROM pgboss.job WHERE name = ${queueOf("first")}`;
  await expect.poll(kept).toEqual([{ repeated: true }]);
});

test("what is to be told once is told once, and what is to wait waits", async () => {
  const onceAs = randomUUID();
  for (let n = 0; n < 3; n++) await transaction((tx) => publish(tx, down(), { onceAs }));
  expect(await published("first")).toHaveLength(1);
  await transaction((tx) => publish(tx, up(randomUUID()), { afterSeconds: 600 }));
  const seen: string[] = [];
  await dispatch({ first: async ({ type }) => seen.push(type) });
  await expect.poll(() => seen).toEqual(["service.down"]);
  await expect.poll(() => published("first")).toHaveLength(1);
});

test("a database that was replaced by a restored one takes messages again", async () => {
  await told(down());
  await db.$executeRaw`DELETE FROM pgboss.job WHERE name LIKE 'outbox.%'`;
  await db.$executeRaw`DELETE FROM pgboss.queue WHERE name LIKE 'outbox.%'`;
  await told(down());
  expect(await published("first")).toHaveLength(1);
});
