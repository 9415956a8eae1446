/* Many concurrent deployments, and workers that die at random moments. */
import { describe, expect } from "vitest";
import type { DeploymentView } from "@/lib/contracts/deployment";
import { test } from "./machine";
import { randomKills } from "./random-kills";
import { until } from "./until";

describe.concurrent("many deployments", () => {
  test("of five services on a target that takes three: never more at once, and all succeed", async ({ machine }) => {
    await machine.limitDeployments(3);
    const services = await Promise.all(Array.from({ length: 5 }, () => machine.aService({ name: "crowd" })));
    for (const service of services) await service.write("1");
    const deployments = await Promise.all(services.map((service) => service.deploy()));
    await machine.aWorker();
    const views = [];
    for (const deployment of deployments) views.push(await deployment.ends());
    expect(views.map(({ state }) => state)).toEqual(Array(5).fill("succeeded"));
    expect(mostAtOnce(views)).toBe(3);
    for (const service of services) {
      expect(await service.answer()).toBe("1");
      await service.isTidy();
    }
  });

  test("of one service run in the order they were asked for, across a kill", async ({ machine }) => {
    const worker = await machine.aWorker();
    const service = await machine.aService({ name: "ordered", build: machine.gates.waitAt("build") });
    await machine.gates.shut("build");
    await service.write("1");
    const first = await service.deploy();
    await first.reaches("build");
    const second = await service.deploy();
    const third = await service.deploy();
    expect((await second.view()).position).toBe(1);
    expect((await third.view()).position).toBe(2);
    await worker.killNine();

    await machine.aWorker();
    await first.isTakenOver(1);
    await machine.gates.open("build");
    const views = [await first.ends(), await second.ends(), await third.ends()];
    expect(views.map(({ state }) => state)).toEqual(["succeeded", "succeeded", "succeeded"]);
    expect(views.map(({ releaseNumber }) => releaseNumber)).toEqual([1, 2, 3]);
    const [one, two, three] = views;
    expect(String(one?.finishedAt) <= String(two?.startedAt)).toBe(true);
    expect(String(two?.finishedAt) <= String(three?.startedAt)).toBe(true);
    await service.isTidy();
  });

  test("a rollback that loses its worker is brought to its end", async ({ machine }) => {
    const worker = await machine.aWorker();
    const service = await machine.aService({ name: "back", health: { stabilityMs: 2_000 } });
    await service.serves("1");
    await service.serves("2");
    const visitor = service.aVisitor();
    const rollback = await service.rollBack();
    await until("the older release answers", () => visitor.lastVersion === "1");
    await worker.killNine();
    await machine.aWorker();
    expect(await rollback.ends()).toMatchObject({ state: "succeeded", kind: "rollback", releaseNumber: 1 });
    expect((await visitor.leave()).failures).toEqual([]);
    await service.isTidy();
  });

  test("a removal that loses its worker leaves nothing", async ({ machine }) => {
    const worker = await machine.aWorker();
    const service = await machine.aService({ name: "removed" });
    await service.serves("1", { stubborn: true });
    const removal = await service.remove();
    await removal.reaches("stop");
    await worker.killNine();
    await machine.aWorker();
    expect(await removal.ends()).toMatchObject({ state: "succeeded", kind: "removal" });
    await expect(service.answer()).rejects.toThrow();
    await service.isTidy();
    await machine.runsNoCommands();
  });
});

randomKills({ lanes: 5, killsPerLane: 2 });

/** The largest number that ran concurrently, by their start and end times. */
function mostAtOnce(views: readonly Pick<DeploymentView, "startedAt" | "finishedAt">[]): number {
  const changes = views.flatMap(({ startedAt, finishedAt }) => [
    { at: Date.parse(startedAt ?? ""), by: 1 },
    { at: Date.parse(finishedAt ?? ""), by: -1 },
  ]);
  expect(changes.every(({ at }) => at > 0)).toBe(true);
  let running = 0;
  // Of two events in one millisecond, the end came first: it freed the slot.
  const counts = changes.sort((a, b) => a.at - b.at || a.by - b.by).map(({ by }) => (running += by));
  return Math.max(...counts);
}
