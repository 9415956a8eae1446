import { expect, test } from "vitest";
import type { Workbench } from "./workbench";

/** A release is restored whole, or not at all. */
export function goingBack(bench: Workbench): void {
  test("a rollback transfers and builds nothing and restores the environment", async () => {
    const { first } = await bench.deployedTwice({ GREETING: "first" }, { GREETING: "second", ADDED: "later" });
    const attempt = await bench.service.rollback(first);
    expect(attempt.problem).toBeNull();
    expect(attempt.skipped).toEqual(["transfer", "build"]);
    const { version, environment } = await bench.ask();
    expect(version).toBe("1");
    expect(environment.GREETING).toBe("first");
    expect(environment.ADDED).toBeUndefined();
  });

  test("a failed rollback leaves both releases and what served", async () => {
    const { first } = await bench.deployedTwice();
    const attempt = await bench.service.rollback({ ...first, spec: { ...first.spec, healthPath: "/missing" } });
    expect(attempt.problem?.code).toBe("health-failed");
    expect((await bench.ask()).version).toBe("2");
    await bench.expectOnly(bench.service.releases.map(({ id }) => id));
  });

  test("a rollback to a release that is gone is refused before anything is touched", async () => {
    const { first } = await bench.deployedTwice();
    expect(await bench.driver.hasArtifact(bench.service.place, first)).toBe(true);
    await bench.driver.prune(bench.service.place, first);
    expect(await bench.driver.hasArtifact(bench.service.place, first)).toBe(false);
    const attempt = await bench.service.rollback(first);
    expect(attempt).toMatchObject({ failedIn: "validation", problem: { code: "release-gone" } });
    expect((await bench.ask()).version).toBe("2");
  });

  test("prune refuses the release that runs and is safe to repeat", async () => {
    const { first, second } = await bench.deployedTwice();
    await expect(bench.driver.prune(bench.service.place, second)).rejects.toMatchObject({ code: "target-in-use" });
    await bench.driver.prune(bench.service.place, first);
    await bench.driver.prune(bench.service.place, first);
    await bench.expectOnly([second.id]);
  });

  test("says what differs between two releases", async () => {
    const { first, second } = await bench.deployedTwice();
    const changes = await bench.driver.diff(bench.service.place, first, second);
    expect(changes).toHaveLength(1);
    expect(changes[0]).toMatchObject({ kind: "changed" });
    expect(await bench.driver.diff(bench.service.place, first, first)).toEqual([]);
  });
}
