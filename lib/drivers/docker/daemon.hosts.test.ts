import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { takeHost } from "@/e2e/hosts/take-host";
import { Workbench } from "../contract/workbench";
import { writeDockerfile } from "./contract/container-service";
import { dockerUnderTest } from "./contract/docker-under-test";

const testHost = await takeHost();
const bench = new Workbench(await dockerUnderTest(testHost));
beforeAll(async () => {
  await bench.open();
  await bench.setUp();
});
afterAll(async () => {
  await bench.tearDown();
  await bench.close();
});

const containers = async () =>
  (await testHost.exec(["docker", "ps", "--all", "--format", "{{.Image}} {{.Names}}"])).split("\n").filter(Boolean);

test("a daemon that is restarted in the middle of a build ends it, and what served serves again", async () => {
  const first = await bench.deployed("1");
  await bench.source({ version: "2" });
  await writeDockerfile(join(bench.roots, "source"), ["RUN echo building && sleep 60"]);
  let restarted: Promise<void> | null = null;
  const second = await bench.service.deploy({
    onLog: (line) => {
      if (line === "building") restarted ??= testHost.faults.restartDockerd();
    },
  });
  await restarted;
  expect(second).toMatchObject({ failedIn: "build", problem: { code: "build-failed" }, stuck: [] });
  await expect.poll(() => bench.ask().catch(() => null), { timeout: 30_000 }).toMatchObject({ version: "1" });
  await bench.expectOnly([first.releaseId]);
  expect(await containers()).toHaveLength(1);
});

test("a daemon that is restarted while a release starts leaves what served, or runs the new one", async () => {
  const { release: first, version: before } = await bench.serving();
  await bench.source({ version: "2" });
  let restarted: Promise<void> | null = null;
  const second = await bench.service.deploy({
    onPhase: (phase) => {
      if (phase === "start") restarted ??= testHost.faults.restartDockerd();
    },
  });
  await restarted;
  expect(second.stuck).toEqual([]);
  const serving = second.problem ? before : "2";
  await expect.poll(() => bench.ask().catch(() => null), { timeout: 30_000 }).toMatchObject({ version: serving });
  await bench.expectOnly(second.problem ? [first.id] : [first.id, second.releaseId]);
});

test("a daemon that is away is not taken for a host without Docker", async () => {
  await bench.source({ version: "3" });
  await testHost.faults.stopDockerd();
  const deploying = bench.service.deploy();
  await testHost.faults.startDockerd();
  expect((await deploying).problem).toBeNull();
  expect((await bench.ask()).version).toBe("3");
});
