/* The worker is killed in the middle of each phase of a redeploy to a server: another worker must continue it. */
import { expect, test } from "vitest";
import type { PhaseKey } from "@/lib/contracts/phase";
import { until } from "../crash/until";
import { Server } from "./server";
import { type Behaviour, QUICK_TO_FAIL, SERVER_DRIVERS, type ServerDriver, type ServerService } from "./service";

/** What makes each phase last long enough for a kill. */
const MOMENTS: { phase: PhaseKey; release?: Behaviour }[] = [
  { phase: "validation" },
  { phase: "transfer", release: { large: true } },
  { phase: "build", release: { buildSeconds: 3 } },
  { phase: "start" },
  { phase: "verify", release: { listensAfterMs: 3_000 } },
];
const CASES = SERVER_DRIVERS.flatMap((driver) => MOMENTS.map((moment) => ({ driver, ...moment })));

const server = await Server.make();

test.each(CASES)("$driver: kill -9 of the worker in $phase", async ({ driver, phase, release }) => {
  const worker = await server.aWorker();
  const service = await server.aService(driver);
  await service.serves("1");
  const visitor = service.aVisitor();
  await service.write("2", release);
  const deployment = await service.deploy();
  await deployment.reaches(phase);
  await worker.killNine();

  const next = await server.aWorker();
  await deployment.isTakenOver(1);
  expect(await deployment.ends()).toMatchObject({ state: "succeeded", problem: null, releaseNumber: 2 });
  await visitor.leave();
  expect(visitor.failures).toEqual([]);
  expect(visitor.versions).toEqual(["1", "2"]);
  await service.isTidy();
  await next.terminate();
});

test.each(SERVER_DRIVERS)("%s: kill -9 in the stability window, with both releases running", async (driver) => {
  const { service, visitor, worker, deployment } = await aSwitch(driver);
  await worker.killNine();
  const next = await server.aWorker();
  expect(await deployment.ends()).toMatchObject({ state: "succeeded", releaseNumber: 2 });
  await visitor.leave();
  expect(visitor.failures).toEqual([]);
  expect(visitor.versions).toEqual(["1", "2"]);
  await service.isTidy();
  await next.terminate();
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

async function aSwitch(driver: ServerDriver) {
  const worker = await server.aWorker();
  const service: ServerService = await server.aService(driver, { health: { stabilityMs: 5_000 } });
  await service.serves("1");
  const visitor = service.aVisitor();
  await service.write("2");
  const deployment = await service.deploy();
  await until("the new release answers", () => visitor.lastVersion === "2");
  return { service, visitor, worker, deployment };
}
