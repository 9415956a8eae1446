import { afterAll, afterEach, beforeAll, beforeEach, describe } from "vitest";
import { deploying } from "./contract/deploying";
import type { DriverUnderTest } from "./contract/driver-under-test";
import { goingBack } from "./contract/going-back";
import { input } from "./contract/input";
import { keeping } from "./contract/keeping";
import { recovering } from "./contract/recovering";
import { lookingAfter } from "./contract/upkeep";
import { Workbench } from "./contract/workbench";

const TIMEOUT_MS = 60_000;

/** What every driver on a host must do, whatever it runs services with. */
export function driverContract(driver: DriverUnderTest): void {
  describe(`the ${driver.kind} driver`, { timeout: TIMEOUT_MS }, () => {
    const bench = new Workbench(driver);
    beforeAll(() => bench.open(), TIMEOUT_MS);
    afterAll(() => bench.close(), TIMEOUT_MS);
    beforeEach(() => bench.setUp(), TIMEOUT_MS);
    afterEach(() => bench.tearDown(), TIMEOUT_MS);

    describe("deploying", () => deploying(bench));
    describe("keeping what serves", () => keeping(bench));
    describe("recovering", () => recovering(bench));
    describe("going back", () => goingBack(bench));
    describe("looking after what serves", () => lookingAfter(bench));
    describe("input", () => input(bench));
  });
}
