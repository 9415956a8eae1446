import { afterEach, beforeEach, describe } from "vitest";
import { Bench, type HostUnderTest } from "./contract/bench";
import { commands } from "./contract/commands";
import { connections } from "./contract/connections";
import { files, trees } from "./contract/files";

/** Only a test that hangs takes so long: a busy machine is slow, not wrong. */
const TIMEOUT_MS = 300_000;

/** Behaviour of every host, so that no caller has to know which one it has. */
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
