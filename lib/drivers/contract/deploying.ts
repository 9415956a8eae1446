import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { ConstantLoad } from "./constant-load";
import type { Workbench } from "./workbench";

/** Successful deployments. */
export function deploying(bench: Workbench): void {
  test("deploys, proves it and registers it", async () => {
    const attempt = await bench.deployed("1");
    expect(Object.keys(attempt.details)).toEqual(
      expect.arrayContaining(["validation", "transfer", "verify", "register"]),
    );
    expect(await bench.ask()).toMatchObject({ version: "1" });
    expect(attempt.probes).toMatchObject({ failed: 0, lastFailure: null });
    expect(attempt.probes?.sent).toBeGreaterThan(0);
    expect(attempt.url).toBe(bench.url);
    expect(bench.service.announced.at(-1)).toMatchObject({
      name: bench.service.name,
      endpoint: attempt.url,
      metadata: { release: attempt.releaseId },
    });
    expect(await bench.driver.state(bench.service.place)).toMatchObject({
      state: "running",
      releaseId: attempt.releaseId,
      restarts: 0,
    });
    await bench.expectOnly(bench.service.releases.map(({ id }) => id));
  });

  test("only what changed counts as sent", async () => {
    await bench.serving();
    const second = await bench.deployed("2");
    expect(second.details.transfer).toMatch(/, 1 changed$/);
  });

  test("a redeploy and a rollback under load fail no request", async () => {
    const before = await bench.serving();
    const load = new ConstantLoad(bench.url);
    const second = await bench.deployed("next");
    const rollback = await bench.service.rollback(before.release);
    await sleep(50);
    const { sent, failures, versions } = await load.stop();
    expect(second.probes?.failed).toBe(0);
    expect(rollback.problem).toBeNull();
    expect(failures).toEqual([]);
    expect(sent).toBeGreaterThan(50);
    expect(versions).toEqual([before.version, "next", before.version]);
  });

  test("a request in flight on the old release ends there", async () => {
    await bench.source({ version: "slow", slowMs: 600 });
    expect((await bench.service.deploy()).problem).toBeNull();
    const slow = bench.ask("/slow");
    await bench.deployed("fast");
    expect((await slow).version).toBe("slow");
    expect((await bench.ask()).version).toBe("fast");
  });

  test("a Registry that is down takes nothing away", async () => {
    bench.service.registryDown = true;
    await bench.deployed("unregistered");
    expect((await bench.ask()).version).toBe("unregistered");
    bench.service.registryDown = false;
  });

  test("the running service's output can be read and followed", async () => {
    const { version } = await bench.serving();
    const abort = new AbortController();
    const lines: string[] = [];
    const following = (async () => {
      const options = { tail: 10, follow: true, signal: abort.signal };
      for await (const { text } of bench.driver.logs(bench.service.place, options)) lines.push(text);
    })();
    await expect.poll(() => lines).toContain(`started ${version}`);
    await bench.ask("/say?hello");
    await expect.poll(() => lines).toContain("said hello");
    abort.abort();
    await following;
  });

  test("removal leaves nothing and is safe to repeat", async () => {
    await bench.serving();
    const { url } = bench;
    expect((await bench.service.remove()).problem).toBeNull();
    expect((await bench.service.remove()).problem).toBeNull();
    await expect(fetch(url)).rejects.toThrow();
    expect(await bench.service.place.host.stat(join(bench.base, bench.service.name))).toBeNull();
    expect(bench.service.withdrawn).toContain(bench.service.name);
    expect(await bench.driver.state(bench.service.place)).toMatchObject({ state: "absent", releaseId: null });
  });
}
