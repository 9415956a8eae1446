import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { ConstantLoad } from "./constant-load";
import type { Workbench } from "./workbench";

/** A worker may die at any moment; another one finishes or undoes, from receipts alone. */
export function recovering(bench: Workbench): void {
  test("undo works from receipts alone, in another process, and again after that", async () => {
    const { version, kept } = await bench.serving();
    await bench.source({ version: "dying", diesWhenAsked: true });
    const second = await bench.service.deploy({
      leave: true,
      onLog: bench.killAfterSwitch,
      spec: { health: bench.healthWith({ stabilityMs: 10_000 }) },
    });
    expect(second.problem?.code).toBe("unstable-after-switch");
    await bench.service.undo(second);
    expect((await bench.ask()).version).toBe(version);
    await bench.service.undo(second);
    expect((await bench.ask()).version).toBe(version);
    await bench.expectOnly(kept);
  });

  test("undo of a deployment that never began anything is nothing", async () => {
    const first = await bench.deployed("1");
    const { kept } = await bench.serving();
    await bench.service.undo({ ...first, releaseId: randomUUID(), receipts: {} });
    expect((await bench.ask()).version).toBe("1");
    await bench.expectOnly(kept);
  });

  test("every phase may run again after its worker died", async () => {
    await bench.serving();
    const load = new ConstantLoad(bench.url);
    await bench.source({ version: "2" });
    const attempt = await bench.service.deploy({ crashInEveryPhase: true });
    expect(attempt.problem).toBeNull();
    expect((await bench.ask()).version).toBe("2");
    expect((await load.stop()).failures).toEqual([]);
    expect(bench.driver.phases.every(({ repeatable }) => repeatable)).toBe(true);
  });
}
