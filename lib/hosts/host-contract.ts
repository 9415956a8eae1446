import { afterEach, beforeEach, describe } from "vitest";
import { Bench } from "./contract/bench";
import { commands } from "./contract/commands";
import { connections } from "./contract/connections";
import { files } from "./contract/files";
import type { HostUnderTest } from "./contract/host-under-test";
import { trees } from "./contract/trees";

/** A machine that is busy is slow, not wrong. */
/** Ends only what hangs. */
const TIMEOUT_MS = 300_000;

/** What every host must do, so that nothing above has to know which it is. */
export function hostContract(under: HostUnderTest): void {
  describe(under.name, { timeout: TIMEOUT_MS }, () => {
    const bench = new Bench(under);
    beforeEach(() => bench.setUp(), TIMEOUT_MS);
    afterEach(() => bench.tearDown(), TIMEOUT_MS);

    describe("commands", () => commands(bench));
    describe("files", () => files(bench));
    describe("trees", () => trees(bench));
    describe("connections", () => connections(bench));
  });
}
