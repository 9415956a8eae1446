import { afterAll, beforeAll, describe } from "vitest";
import { deploying } from "./deploying";
import { goingBack } from "./going-back";
import { input } from "./input";
import { keeping } from "./keeping";
import { lookingAfter, recovering } from "./recovering";
import { type DriverUnderTest, Workbench } from "./workbench";

/** Only a test that hangs reaches this limit. */
const TIMEOUT_MS = 300_000;

/** The behaviour of every driver on a host. */
export function driverContract(driver: DriverUnderTest): void {
  describe(`the ${driver.kind} driver`, { timeout: TIMEOUT_MS }, () => {
    const bench = new Workbench(driver);
    beforeAll(() => bench.open(), TIMEOUT_MS);
    afterAll(() => bench.close(), TIMEOUT_MS);

    /** The tests of a group share a base directory and, unless they create one, a service, because deployments take time. */
    const group = (name: string, tests: (bench: Workbench) => void) =>
      describe(name, () => {
        beforeAll(() => bench.setUp(), TIMEOUT_MS);
        afterAll(() => bench.tearDown(), TIMEOUT_MS);
        tests(bench);
      });
    group("deploying", deploying);
    group("keeping what serves", keeping);
    group("recovering", recovering);
    group("going back", goingBack);
    group("looking after what serves", lookingAfter);
    group("input", input);
  });
}
