import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, expect, inject, type RunnerTask } from "vitest";
import { disconnect } from "./client";
import { stopListening } from "./listen";
import { onServer, urlOfDatabase } from "./test-server";

export interface TestDatabase {
  name: string;
  /** For processes that the test starts; it is also DATABASE_URL in their environment. */
  url: string;
  /** An empty directory that LANDFALL_DATA_DIR names. */
  dataDir: string;
}

let made: Promise<TestDatabase> | undefined;

/**
 * The database of one test file: a copy of the migrated template, set in the variables of lib/platform/env.ts. Every
 * `*.db.test.ts` and `*.crash.test.ts` has it from the start (test-setup.ts); call this for its address.
 */
export function testDatabase(): Promise<TestDatabase> {
  made ??= makeDatabase();
  return made;
}

async function makeDatabase(): Promise<TestDatabase> {
  const serverUrl = inject("serverUrl");
  const name = databaseName();
  await onServer(serverUrl, `CREATE DATABASE ${name} TEMPLATE ${inject("templateDatabase")}`);
  const database = {
    name,
    url: urlOfDatabase(serverUrl, name),
    dataDir: await mkdtemp(join(tmpdir(), "landfall-data-")),
  };
  process.env.DATABASE_URL = database.url;
  process.env.LANDFALL_DATA_DIR = database.dataDir;
  process.env.LANDFALL_SECRET_KEY = randomBytes(32).toString("hex");
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the parameters and wants a pattern first
  afterAll(({}, suite) => endDatabase(database, serverUrl, hasFailed(suite)));
  return database;
}

/** Named after the file, so that a kept database shows its origin. Postgres allows 63 characters. */
function databaseName(): string {
  const file = basename(expect.getState().testPath ?? "test").replace(/\.(db|crash)\.test\.ts$/, "");
  return `test_${file.replaceAll(/\W/g, "_").slice(0, 40)}_${randomBytes(4).toString("hex")}`;
}

/** The database of a failed test is kept, because it is the best evidence of the failure. */
async function endDatabase(database: TestDatabase, serverUrl: string, failed: boolean): Promise<void> {
  await stopListening();
  await disconnect();
  if (failed) {
    process.stderr.write(`kept: database ${database.url}, files ${database.dataDir}\n`);
    return;
  }
  await onServer(serverUrl, `DROP DATABASE ${database.name} WITH (FORCE)`);
  await rm(database.dataDir, { recursive: true, force: true });
}

function hasFailed(task: RunnerTask): boolean {
  return task.result?.state === "fail" || ("tasks" in task && task.tasks.some(hasFailed));
}
