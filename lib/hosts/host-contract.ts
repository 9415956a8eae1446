import { afterEach, beforeEach, describe } from "vitest";
import { Bench, type HostUnderTest } from "./contract/bench";
import { commands } from "./contract/commands";
import { connections } from "./contract/connections";
import { files, trees } from "./contract/files";

/** Only a test that hangs takes so long: a busy machine is slow, not wrong. */
const TIMEOUT_MS = 300_000;

const PARTS = { commands, files, trees, connections };

/** Behaviour of every host, so that no caller has to know which one it has. `only` names parts of it. */
export function hostContract(under: HostUnderTest, only = Object.keys(PARTS) as (keyof typeof PARTS)[]): void {
  describe(under.name, { timeout: TIMEOUT_MS }, () => {
    const bench = new Bench(under);
    beforeEach(() => bench.setUp(), TIMEOUT_MS);
    afterEach(() => bench.tearDown(), TIMEOUT_MS);

    for (const part of only) describe(part, () => PARTS[part](bench));
  });
}
