/* Postgres stops in the middle of deployments and returns: only callers with a pending query notice. */
import { execFile } from "node:child_process";
import { readFile, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { disconnect } from "@/lib/platform/db/client";
import { findBinaries } from "@/lib/platform/db/embedded-binaries";
import { type EmbeddedPostgres, postgresAccount, startEmbeddedPostgres } from "@/lib/platform/db/embedded-postgres";
import { migrate } from "@/lib/platform/db/migrate";
import { testDatabase } from "@/lib/platform/db/test-database";
import { queue } from "@/lib/platform/queue/boss";
import { type AskedDeployment, repeats } from "./deployment";
import { test } from "./machine";

let directory: string;
let server: EmbeddedPostgres;

/** A separate server: the test run's own must not be restarted under the other tests. */
beforeAll(async () => {
  const { dataDir } = await testDatabase();
  directory = join(dataDir, "postgres");
  server = await start();
  await migrate(server.url, { directory: join(import.meta.dirname, "../../prisma/migrations") });
  process.env.DATABASE_URL = server.url; // before anything reads the environment
});
afterAll(async () => {
  await (await queue()).stop({ graceful: false });
  await disconnect();
  await server.stop();
});

describe("Postgres is restarted in the middle of a deployment", () => {
  test("in order: it succeeds in one go, and every line is kept once", async ({ machine }) => {
    await machine.aWorker();
    const service = await machine.aService({ name: "orderly", build: chatterAround(machine.gates.waitAt("build")) });
    await machine.gates.shut("build");
    await service.write("1");
    const deployment = await service.deploy();
    await deployment.reaches("build", "line 50");
    await server.stop();
    server = await start();
    await machine.gates.open("build");
    await expectWhole(deployment);
    await service.isTidy();
  });

  test("immediately, as a crash does, during build and during the switch", async ({ machine }) => {
    await machine.aWorker();
    const service = await machine.aService({
      name: "crashed",
      health: { stabilityMs: 3_000 },
      build: chatterAround("sleep 1"),
    });
    await service.serves("1");
    const visitor = service.aVisitor();
    await service.write("2");
    const deployment = await service.deploy();
    await deployment.reaches("build", "line 50");
    await restartImmediately();
    await deployment.reaches("verify", "new requests go to the new release");
    await restartImmediately();
    await expectWhole(deployment);
    expect((await visitor.leave()).failures).toEqual([]);
    expect(visitor.versions).toEqual(["1", "2"]);
    await service.isTidy();
    await service.serves("3");
  });
});

/** A build that prints lines before, while and after the database is down. */
function chatterAround(middle: string): string {
  return `i=0; while [ $i -lt 200 ]; do i=$((i+1)); echo "line $i"; sleep 0.005; done; ${middle}; echo done`;
}

async function expectWhole(deployment: AskedDeployment) {
  const view = await deployment.ends();
  expect(view).toMatchObject({ state: "succeeded", problem: null, warnings: [] });
  expect(repeats(view)).toEqual({});
}

function start(): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({ directory, database: "landfall" });
}

async function restartImmediately(): Promise<void> {
  const account = await postgresAccount();
  const { home } = JSON.parse(await readFile(join(directory, "cluster.json"), "utf8")) as { home: string };
  const pgCtl = join(dirname((await findBinaries(account)).postgres), "pg_ctl");
  const data = await realpath(join(home, "data"));
  await promisify(execFile)(pgCtl, ["-D", data, "-m", "immediate", "stop"], { ...account, cwd: "/" });
  await server.ended;
  server = await start();
}
