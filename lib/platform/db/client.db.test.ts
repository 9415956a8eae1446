import { connect, createServer, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { db, transaction } from "./client";
import { testDatabase } from "./test-database";
import { isTransient } from "./transient";

let between: Server;
const sockets = new Set<Socket>();

/** A proxy in front of Postgres that ends connections as a restart does: orderly, and in the middle of a query. */
beforeAll(async () => {
  const url = new URL((await testDatabase()).url);
  const postgres = { host: url.hostname, port: Number(url.port) };
  between = createServer((near) => {
    const far = connect(postgres);
    sockets.add(near);
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) socket.on("error", () => socket.destroy());
  });
  await new Promise<void>((resolve) => between.listen(0, "127.0.0.1", resolve));
  const address = between.address();
  url.port = String(typeof address === "object" && address ? address.port : 0);
  process.env.DATABASE_URL = url.href; // before anything reads the environment
});
afterAll(() => between.close());

function cut(): void {
  for (const socket of sockets) socket.end();
  sockets.clear();
}

test("a connection that ends under a query is worth asking again", async () => {
  await db.$queryRaw`SELECT 1`; // opens the connection to cut
  const asked = db.$queryRaw`SELECT pg_sleep(5)`;
  setTimeout(cut, 300);
  const error = await asked.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(isTransient(error)).toBe(true);
  expect(await db.$queryRaw`SELECT 1 AS one`).toEqual([{ one: 1 }]);
});

test("one that ends between the statements of a transaction, too", async () => {
  const work = transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1`;
    cut();
    await new Promise((resolve) => setTimeout(resolve, 300));
    await tx.$queryRaw`SELECT 2`;
  });
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(isTransient(error)).toBe(true);
});

test("a mistake in a statement is not", async () => {
  const error = await db.$queryRawUnsafe("SELECT nothing FROM nowhere").catch((reason: unknown) => reason);
  expect(isTransient(error)).toBe(false);
});

test("nor is an error of our own inside a transaction", async () => {
  const own = new Error("a release is missing");
  const error = await transaction(() => Promise.reject(own)).catch((reason: unknown) => reason);
  expect(error).toBe(own);
  expect(isTransient(error)).toBe(false);
});
