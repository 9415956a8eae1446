import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { expect, test } from "vitest";
import { secretsOf } from "@/lib/platform/secrets/secret";
import type { ReleaseContext, Upkeep } from "../driver";
import { oldAssetsDirectory } from "../release-layout";
import type { Workbench } from "./workbench";

/** A worker may die at any moment. Another one completes or undoes the deployment, from receipts alone. */
export function recovering(bench: Workbench): void {
  test("undo works from receipts alone, in another process, and again after that", async () => {
    const { release, version, kept } = await bench.serving();
    await bench.source({ version: "dying", diesWhenAsked: true });
    const second = await bench.service.deploy({
      leave: true,
      onLog: bench.killAfterSwitch,
      spec: { health: bench.untilBad },
    });
    expect(second).toMatchObject({ failedIn: "verify", problem: { code: "unstable-after-switch" } });
    await bench.service.undo(second);
    expect((await bench.ask()).version).toBe(version);
    await bench.service.undo(second);
    expect((await bench.ask()).version).toBe(version);
    await bench.expectOnly(kept);
    expect(await bench.driver.state(bench.service.place)).toMatchObject({ state: "running", releaseId: release.id });
  });

  test("undo of a deployment that never began anything is nothing", async () => {
    const { version, kept } = await bench.serving();
    await bench.service.undo({ releaseId: randomUUID(), receipts: {} });
    expect((await bench.ask()).version).toBe(version);
    await bench.expectOnly(kept);
  });
}

/** Checking and repairing a service between deployments, and removing it. */
export function lookingAfter(bench: Workbench): void {
  test("what serves is seen to be as it should, and there is nothing to put back", async () => {
    const { version } = await bench.servingTwo();
    const { upkeep, context } = afterwards(bench);
    expect(await upkeep.inspect(context, context.release)).toMatchObject({
      servingId: context.release.id,
      way: "open",
      state: "running",
      exitCode: null,
      foreignArtifact: null,
    });
    expect(await upkeep.restore(context)).toEqual([]);
    expect((await bench.ask()).version).toBe(version);
  });

  test("a release that does not have the public way is never given it", async () => {
    const { release, other, version } = await bench.servingTwo();
    const { upkeep, context } = afterwards(bench);
    expect(await upkeep.inspect(context, other)).toMatchObject({ servingId: release.id });
    expect(await upkeep.restore({ ...context, release: other })).toEqual([]);
    expect((await bench.ask()).version).toBe(version);
  });

  test("removal leaves nothing, in the inventory either, and is safe to repeat", async () => {
    await bench.serving();
    const store = oldAssetsDirectory(bench.service.place);
    await bench.host.writeFile(join(store, "files/static/app.js"), "");
    const { url } = bench;
    const { upkeep, context } = afterwards(bench);
    const things = async () =>
      (await upkeep.inventory(context)).filter(({ serviceName }) => serviceName === bench.service.name);
    expect((await things()).length).toBeGreaterThan(0);
    expect((await bench.service.remove()).problem).toBeNull();
    expect(await things()).toEqual([]);
    expect((await bench.service.remove()).problem).toBeNull();
    await expect(fetch(url)).rejects.toThrow();
    expect(await bench.service.place.host.stat(join(bench.base, bench.service.name))).toBeNull();
    expect(await bench.host.stat(store)).toBeNull();
    expect(bench.service.withdrawn).toContain(bench.service.name);
    expect(await bench.driver.state(bench.service.place)).toMatchObject({ state: "absent", releaseId: null });
  });
}

function afterwards(bench: Workbench): { upkeep: Upkeep; context: ReleaseContext } {
  const { upkeep } = bench.driver;
  const { current, place } = bench.service;
  if (!upkeep || !current) throw new Error("nothing is to be looked after");
  const { spec } = current;
  const environment = secretsOf(current.environment);
  const signal = AbortSignal.timeout(30_000);
  return {
    upkeep,
    context: {
      ...{ ...place, deploymentId: current.id, spec, isConfined: false, release: current },
      ...{ environment, signal, log: () => 0 },
    },
  };
}
