import { afterAll, beforeAll, describe } from "vitest";
import { deploying } from "./deploying";
import { goingBack } from "./going-back";
import { input } from "./input";
import { keeping } from "./keeping";
import { oldAssets } from "./old-assets";
import { processes } from "./processes";
import { lookingAfter, recovering } from "./recovering";
import { releaseCommand } from "./release-command";
import { type DriverUnderTest, TIMEOUT_MS, Workbench } from "./workbench";

/**
 * The behaviour of every driver on a host. Deployments take time, so one service is deployed again and again: each test
 * continues with the releases that earlier tests left, and a test that runs alone creates what it needs.
 */
export function driverContract(driver: DriverUnderTest): void {
  describe(`the ${driver.kind} driver`, { timeout: TIMEOUT_MS }, () => {
    const bench = new Workbench(driver);
    beforeAll(async () => {
      await bench.open();
      await bench.setUp();
    }, TIMEOUT_MS);
    afterAll(async () => {
      await bench.tearDown();
      await bench.close();
    }, TIMEOUT_MS);

    describe("deploying", () => deploying(bench));
    describe("keeping what serves", () => keeping(bench));
    describe("release command", () => releaseCommand(bench));
    describe("process types", () => processes(bench));
    describe("old assets", () => oldAssets(bench));
    describe("recovering", () => recovering(bench));
    describe("going back", () => goingBack(bench));
    describe("input", () => input(bench));
    // Removes the service.
    describe("looking after what serves", () => lookingAfter(bench));
  });
}
