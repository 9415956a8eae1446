import { describe, expect, test } from "vitest";
import { HOST_PHASES } from "@/lib/contracts/phase";
import type { Behaviour } from "./driver-under-test";
import type { Workbench } from "./workbench";

/** Whatever goes wrong, what serves goes on serving and nothing of the new release is left. */
export function keeping(bench: Workbench): void {
  describe("keeps what serves, and nothing of the new release, when", () => {
    const bad: [string, Omit<Behaviour, "version">, { code: string; failedIn: string }][] = [
      ["the health check fails", { healthStatus: 500 }, { code: "health-failed", failedIn: "verify" }],
      ["the release ends at once", { exitCode: 3 }, { code: "service-exited", failedIn: "verify" }],
      ["the build fails", { build: "failing" }, { code: "build-failed", failedIn: "build" }],
      ["it dies right after the switch", { dieAfterMs: 2_000 }, { code: "unstable-after-switch", failedIn: "verify" }],
    ];
    test.each(bad)("%s", async (_, behaviour, expected) => {
      const first = await bench.deployed("1");
      await bench.source({ version: "2", ...behaviour });
      const second = await bench.service.deploy({ spec: { health: bench.healthWith({ stabilityMs: 10_000 }) } });
      expect(second.problem?.toData()).toMatchObject({ code: expected.code });
      expect(second.failedIn).toBe(expected.failedIn);
      expect(second.stuck).toEqual([]);
      expect((await bench.ask()).version).toBe("1");
      await bench.expectOnly([first.releaseId]);
      expect(await bench.driver.state(bench.service.place)).toMatchObject({
        state: "running",
        releaseId: first.releaseId,
      });
    });

    // Register comes after the proof and takes nothing back.
    test.each(HOST_PHASES.filter((phase) => phase !== "register"))("it is cancelled in %s", async (phase) => {
      const first = await bench.deployed("1");
      await bench.source({ version: "2", ...(phase === "build" ? { build: "endless" } : {}) });
      let cancelledAt = 0;
      const end = (cancel: AbortController) => {
        cancelledAt = performance.now();
        cancel.abort();
      };
      const second = await bench.service.deploy({
        spec: { health: bench.healthWith({ stabilityMs: 30_000 }) },
        // A phase that ends before it notices is followed by one that does: the window of the last is longer than this.
        onPhase: (key, cancel) => key === phase && setTimeout(end, phase === "verify" ? 400 : 50, cancel),
      });
      expect(second.problem).not.toBeNull();
      // Neither the build nor the window was waited for.
      expect(performance.now() - cancelledAt).toBeLessThan(25_000);
      expect(second.stuck).toEqual([]);
      expect((await bench.ask()).version).toBe("1");
      await bench.expectOnly([first.releaseId]);
    });
  });

  test("what the release wrote before it ended is in the log, with its exit code", async () => {
    await bench.source({ version: "1", exitCode: 7 });
    const attempt = await bench.service.deploy();
    expect(attempt.problem?.toData()).toMatchObject({ code: "service-exited", params: { exitCode: 7 } });
    expect(attempt.problem?.detail).toContain("goodbye");
    expect(attempt.log).toContain("goodbye");
    await bench.expectOnly([]);
    expect(await bench.driver.state(bench.service.place)).toMatchObject({ state: "absent" });
  });
}
