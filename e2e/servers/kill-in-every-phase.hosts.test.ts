/* The worker is killed in the middle of each phase of a redeploy to a server: another worker must continue it. */
import { expect, test } from "vitest";
import type { PhaseKey } from "@/lib/contracts/phase";
import { repeats } from "../crash/deployment";
import { until } from "../crash/until";
import { Server } from "./server";
import { type Behaviour, QUICK_TO_FAIL, SERVER_DRIVERS } from "./service";

const PHASES = ["validation", "transfer", "build", "start", "verify"] as const satisfies PhaseKey[];
/** What makes each phase last long enough for a kill. */
const SLOW: Behaviour = { large: true, buildSeconds: 3, listensAfterMs: 3_000 };

const server = await Server.make();

test.each(SERVER_DRIVERS)("%s: kill -9 of the worker in every phase of one redeploy", async (driver) => {
  let worker = await server.aWorker();
  const service = await server.aService(driver, { health: { stabilityMs: 5_000 } });
  await service.serves("1");
  const visitor = service.aVisitor();
  await service.write("2", SLOW);
  const deployment = await service.deploy();
  const kill = async () => {
    const claims = await deployment.claims();
    await worker.killNine();
    worker = await server.aWorker();
    await deployment.isTakenOver(claims);
  };
  for (const phase of PHASES) {
    await deployment.reaches(phase);
    await kill();
  }
  await until("both releases run in the stability window", () => visitor.lastVersion === "2");
  await kill();

  const view = await deployment.ends();
  expect(view).toMatchObject({ state: "succeeded", problem: null, releaseNumber: 2 });
  expect(repeats(view)).toEqual({ validation: 2, transfer: 2, build: 2, start: 2, verify: 3 });
  await visitor.leave();
  expect(visitor.failures).toEqual([]);
  expect(visitor.versions).toEqual(["1", "2"]);
  await service.isTidy();
  await worker.terminate();
});

test.each(SERVER_DRIVERS)("%s: kill -9 while a bad release is undone", async (driver) => {
  const worker = await server.aWorker();
  const service = await server.aService(driver, { health: QUICK_TO_FAIL });
  await service.serves("1");
  const visitor = service.aVisitor();
  await service.write("2", { health: "error" });
  const deployment = await service.deploy();
  await deployment.isUndoing();
  await worker.killNine();
  const next = await server.aWorker();
  expect(await deployment.ends()).toMatchObject({ state: "failed", problem: { code: "health-failed" } });
  await visitor.leave();
  expect(visitor.failures).toEqual([]);
  expect(visitor.versions).toEqual(["1"]);
  await service.isTidy();
  await next.terminate();
});
