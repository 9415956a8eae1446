import { expect, test } from "vitest";
import type { Workbench } from "./workbench";

/** Releases that can be restored: a rollback restores one completely, or not at all. */
export function goingBack(bench: Workbench): void {
  test("says what differs between two releases", async () => {
    const { release, other } = await bench.servingTwo();
    const changes = await bench.driver.diff(bench.service.place, other, release);
    expect(changes).toHaveLength(1);
    expect(changes[0]).toMatchObject({ kind: "changed" });
    expect(await bench.driver.diff(bench.service.place, other, other)).toEqual([]);
  });

  test("a failed rollback leaves both releases and what served", async () => {
    const { other, version } = await bench.servingTwo();
    const attempt = await bench.service.rollback({
      ...other,
      spec: { ...other.spec, healthPath: "/missing", health: bench.untilBad },
    });
    expect(attempt.problem?.code).toBe("health-path-missing");
    expect((await bench.ask()).version).toBe(version);
    await bench.expectOnly(bench.service.releases.map(({ id }) => id));
  });

  test("prune refuses the release that runs and is safe to repeat", async () => {
    const { release, other } = await bench.servingTwo();
    const { place } = bench.service;
    await expect(bench.driver.prune(place, release)).rejects.toMatchObject({ code: "target-in-use" });
    expect(await bench.driver.hasArtifact(place, other)).toBe(true);
    await bench.driver.prune(place, other);
    await bench.driver.prune(place, other);
    expect(await bench.driver.hasArtifact(place, other)).toBe(false);
    await bench.expectOnly(bench.service.releases.map(({ id }) => id).filter((id) => id !== other.id));
    bench.service.forget(other);
  });

  test("a rollback to a release that is gone is refused before anything is touched", async () => {
    // Docker keeps an image while another release has the same one, so this one's content is its own.
    await bench.deployed("pruned");
    const { release: other } = await bench.serving();
    await bench.deployed("after it");
    const { version } = await bench.serving();
    await bench.driver.prune(bench.service.place, other);
    const attempt = await bench.service.rollback(other);
    expect(attempt).toMatchObject({ failedIn: "validation", problem: { code: "release-gone" } });
    expect((await bench.ask()).version).toBe(version);
    bench.service.forget(other);
  });
}
