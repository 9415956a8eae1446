import { mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "./embedded-postgres";

let directory: string;
let running: EmbeddedPostgres | undefined;

/** One cluster for all tests: making it takes longer than they do. */
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "landfall-postgres-"));
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function start(): Promise<EmbeddedPostgres> {
  running = await startEmbeddedPostgres({ directory, database: "landfall", durable: false });
  return running;
}

async function query<T extends pg.QueryResultRow>(url: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function home(): Promise<string> {
  return (JSON.parse(await readFile(join(directory, "cluster.json"), "utf8")) as { home: string }).home;
}

async function serverPid(): Promise<number> {
  return Number.parseInt(await readFile(join(await home(), "data/postmaster.pid"), "utf8"), 10);
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}

test("keeps its data, its password and its port from one start to the next", async () => {
  const first = await start();
  await query(first.url, "CREATE TABLE note AS SELECT 'kept' AS text");
  await first.stop();
  const second = await start();
  expect(second.url).toBe(first.url);
  expect(await query(second.url, "SELECT text FROM note")).toEqual([{ text: "kept" }]);
});

test("its password file and its data are its owner's alone", async () => {
  await start();
  expect((await stat(join(directory, "cluster.json"))).mode & 0o777).toBe(0o600);
  expect((await stat(join(await home(), "data"))).mode & 0o077).toBe(0);
});

test("comes back with everything committed after it was killed", async () => {
  const first = await start();
  await query(first.url, "CREATE TABLE committed AS SELECT 'kept' AS text");
  process.kill(await serverPid(), "SIGKILL");
  await first.ended;
  const second = await start();
  expect(await query(second.url, "SELECT text FROM committed")).toEqual([{ text: "kept" }]);
});

test("is not fooled by the trace of a killed server whose number another program has now", async () => {
  const first = await start();
  const trace = join(await home(), "data/postmaster.pid");
  const text = await readFile(trace, "utf8");
  await first.stop();
  await writeFile(trace, text.replace(/^\d+/, String(process.ppid)));
  expect(await query((await start()).url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
});

test("a server that was left running makes way for the new one", async () => {
  const first = await start();
  const second = await start();
  await first.ended;
  expect(await query(second.url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
});

test("takes another port when its own was taken meanwhile", async () => {
  const first = await start();
  await first.stop();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(portOf(first.url), "127.0.0.1", resolve));
  try {
    const second = await start();
    expect(portOf(second.url)).not.toBe(portOf(first.url));
    expect(await query(second.url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  } finally {
    other.close();
  }
});

test("says what to do when the password is lost, and touches nothing", async () => {
  const first = await start();
  await first.stop();
  const file = join(directory, "cluster.json");
  await rename(file, `${file}.lost`);
  await expect(start()).rejects.toMatchObject({
    code: "cannot-start",
    detail: expect.stringContaining("cluster.json"),
  });
  await rename(`${file}.lost`, file);
});
