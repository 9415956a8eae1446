/* A host without Caddy: a release is replaced by a stop and a start, after a warning; and the change once Caddy is
   there. */
import { expect, test } from "vitest";
import type { Visitor } from "../crash/visitor";
import { Server } from "./server";
import { QUICK_TO_FAIL, SERVER_DRIVERS } from "./service";

/** No wait of the engine is part of the gap. The benchmark `npm run bench -- switch-on-server` measures its length. */
const MOST_MS = 15_000;

const server = await Server.make();
await server.aWorker();
await server.host.faults.removeCaddy();

test.each(SERVER_DRIVERS)(
  "%s: a redeploy and a rollback interrupt no longer than a stop and a start take",
  async (driver) => {
    const service = await server.aService(driver);
    await service.serves("1");
    for (const change of [() => service.deploy(), () => service.rollBack()]) {
      await service.write("2");
      const visitor = service.aVisitor();
      const view = await (await change()).ends();
      expect(view).toMatchObject({ state: "succeeded", warnings: [{ code: "no-edge" }] });
      expect(view.probes?.failed).toBeGreaterThan(0);
      expect(view.probes?.longestGapMs).toBeLessThan(MOST_MS);
      await visitor.leave();
      expect(longestGapMs(visitor)).toBeLessThan(MOST_MS);
    }
    expect(await service.answer()).toBe("1");
    await service.isTidy();
  },
);

test.each(SERVER_DRIVERS)("%s: a bad release is taken back, and the old one holds its port again", async (driver) => {
  const service = await server.aService(driver, { health: QUICK_TO_FAIL });
  await service.serves("1");
  await service.write("2", { health: "error" });
  expect(await (await service.deploy()).ends()).toMatchObject({ state: "failed", problem: { code: "health-failed" } });
  expect(await service.answer()).toBe("1");
  await service.isTidy();
});

test.each(SERVER_DRIVERS)(
  "%s: with Caddy the next redeploy moves behind it, and the one after loses nothing",
  async (driver) => {
    const service = await server.aService(driver);
    await service.serves("1");
    await server.host.faults.restoreCaddy();
    try {
      await service.serves("2");
      const visitor = service.aVisitor();
      await service.serves("3");
      await visitor.leave();
      expect(visitor.failures).toEqual([]);
      expect(visitor.versions).toEqual(["2", "3"]);
      await service.isTidy();
    } finally {
      await server.host.faults.removeCaddy();
    }
  },
);

function longestGapMs({ answers }: Visitor): number {
  const good = answers.filter(({ failure }) => failure === null).map(({ atMs, tookMs }) => atMs + tookMs);
  return Math.max(0, ...good.slice(1).map((at, index) => at - (good[index] ?? at)));
}
