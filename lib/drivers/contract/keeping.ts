import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HOST_PHASES } from "@/lib/contracts/phase";
import type { TestService } from "./test-service";
import type { Behaviour, Workbench } from "./workbench";

/** Whatever fails, the live release stays live and nothing of the new release is left. */
export function keeping(bench: Workbench): void {
  describe("keeps what serves, and nothing of the new release, when", () => {
    // A release that dies after the switch is in recovering.ts.
    const bad: [string, Omit<Behaviour, "version">, { code: string; failedIn: string }][] = [
      ["the health check fails", { healthStatus: 500 }, { code: "health-failed", failedIn: "verify" }],
      ["the release ends at once", { exitCode: 3 }, { code: "service-exited", failedIn: "verify" }],
      ["the build fails", { build: "failing" }, { code: "build-failed", failedIn: "build" }],
    ];
    test.each(bad)("%s", async (_, behaviour, expected) => {
      const { release, version, kept } = await bench.serving();
      await bench.source({ version: "bad", ...behaviour });
      const second = await bench.service.deploy({ spec: { health: bench.untilBad } });
      expect(second.problem?.toData()).toMatchObject({ code: expected.code });
      expect(second.failedIn).toBe(expected.failedIn);
      expect(second.stuck).toEqual([]);
      expect((await bench.ask()).version).toBe(version);
      await bench.expectOnly(kept);
      expect(await bench.driver.state(bench.service.place)).toMatchObject({ state: "running", releaseId: release.id });
    });

    // Register comes after verification and is not undone.
    test.each(HOST_PHASES.filter((phase) => phase !== "register"))("it is cancelled in %s", async (phase) => {
      const { version, kept } = await bench.serving();
      await bench.source({ version: "cancelled", ...(phase === "build" ? { build: "endless" } : {}) });
      const second = await bench.service.deploy({
        spec: { health: bench.healthWith({ stabilityMs: 600_000 }) },
        // The endless build and this stability window exceed the test's time limit, so the test cannot wait for either.
        onPhase: (key, cancel) => key === phase && setTimeout(() => cancel.abort(), phase === "verify" ? 400 : 50),
      });
      expect(second.problem).not.toBeNull();
      expect(second.stuck).toEqual([]);
      expect((await bench.ask()).version).toBe(version);
      await bench.expectOnly(kept);
    });
  });

  test("a release that is listening but not warm yet is waited for until its start-up time is over", async () => {
    await bench.source({ version: "warm", coldChecks: 2 });
    const attempt = await bench.service.deploy();
    expect(attempt.problem).toBeNull();
    expect(attempt.log.join("\n")).toMatch(/not healthy yet after .*: \/health 503 in/);
    expect((await bench.ask()).version).toBe("warm");
  });

  describe("another service", () => {
    let first: TestService;
    beforeAll(async () => {
      first = bench.service;
      bench.service = await bench.newService();
    });
    afterAll(() => {
      bench.service = first;
    });

    test("has what its first release wrote before it ended in the log, with the exit code", async () => {
      await bench.source({ version: "1", exitCode: 7 });
      const attempt = await bench.service.deploy();
      expect(attempt.problem?.toData()).toMatchObject({ code: "service-exited", params: { exitCode: 7 } });
      expect(attempt.problem?.detail).toBe("exit code 7: goodbye");
      expect(attempt.log[(attempt.problem?.line ?? 0) - 1]).toBe("goodbye");
      expect(attempt.log).toContain("goodbye");
      await bench.expectOnly([]);
      expect(await bench.driver.state(bench.service.place)).toMatchObject({ state: "absent" });
    });

    describe("that can only run once", () => runningOnce(bench));
  });
}

function runningOnce(bench: Workbench): void {
  let secondPort = 0;
  beforeAll(async () => {
    secondPort = await bench.host.freePort();
  });
  const settings = () => ({ ...bench.service.spec.settings, handover: "stop-first" });
  const serving = async () => {
    if (!bench.service.current) {
      await bench.source({ version: "1", secondPort });
      const { problem, log } = await bench.service.deploy({ spec: { settings: settings() } });
      expect(problem).toBeNull();
      expect(log).not.toContain("warning: outage-expected");
    }
    return bench.serving();
  };

  test("is redeployed and rolled back with the old release stopped first, which is said beforehand", async () => {
    const { release: first } = await serving();
    await bench.source({ version: "2", secondPort });
    const second = await bench.service.deploy({ spec: { settings: settings() } });
    expect(second.problem).toBeNull();
    expect(second.log).toContain("warning: outage-expected");
    expect((await bench.ask()).version).toBe("2");
    expect((await bench.service.rollback(first)).problem).toBeNull();
    expect((await bench.ask()).version).toBe("1");
  });

  test("is back when the release after it fails, before and after the switch", async () => {
    const { release, version, kept } = await serving();
    for (const behaviour of [{ healthStatus: 500 }, { diesWhenAsked: true }]) {
      await bench.source({ version: "3", secondPort, ...behaviour });
      const next = await bench.service.deploy({
        spec: { settings: settings(), health: bench.untilBad },
        onLog: bench.killAfterSwitch,
      });
      expect(next.problem).not.toBeNull();
      expect(next.stuck).toEqual([]);
      expect((await bench.ask()).version).toBe(version);
      await bench.expectOnly(kept);
      expect(await bench.driver.state(bench.service.place)).toMatchObject({ state: "running", releaseId: release.id });
    }
  });

  test("names the address in use where that was not chosen", async () => {
    await serving();
    await bench.source({ version: "4", secondPort });
    const { problem } = await bench.service.deploy();
    expect(problem?.code ?? null).toBe(bench.isolatesPorts ? null : "address-in-use");
    if (!bench.isolatesPorts) expect(problem?.detail).toMatch(/[Aa]ddress already in use/);
  });
}
