import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { takeHost } from "@/e2e/hosts/take-host";
import { Workbench } from "../contract/workbench";
import { dockerUnderTest } from "./contract/docker-under-test";

const bench = new Workbench(await dockerUnderTest(await takeHost(), "deploy"));
beforeAll(() => bench.open());
afterAll(() => bench.close());
beforeEach(() => bench.setUp());
afterEach(() => bench.tearDown());

test("a user who is not in Docker's group deploys, goes back and removes with sudo", async () => {
  await bench.deployed("1");
  const { release: first } = await bench.serving();
  await bench.deployed("2");
  expect((await bench.ask()).version).toBe("2");
  expect((await bench.service.rollback(first)).problem).toBeNull();
  expect((await bench.ask()).version).toBe("1");
  expect((await bench.service.remove()).problem).toBeNull();
  expect(await bench.driver.upkeep?.inventory(bench.service.place)).toEqual([]);
});
