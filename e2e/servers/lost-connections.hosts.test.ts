/* The connection to a server is lost in the middle of each phase: cut, or silent. */
import { afterEach, expect, test } from "vitest";
import type { PhaseKey } from "@/lib/contracts/phase";
import { Server } from "./server";
import { type Behaviour, SERVER_DRIVERS, type ServerDriver } from "./service";

const SSH = 22;
/** Longer than a silent connection counts as alive. */
const SILENCE_SECONDS = 25;

const MOMENTS: { phase: PhaseKey; release?: Behaviour }[] = [
  { phase: "validation" },
  { phase: "transfer", release: { large: true } },
  { phase: "build", release: { buildSeconds: 3 } },
  { phase: "start" },
  { phase: "verify", release: { listensAfterMs: 2_000 } },
];
const CASES = SERVER_DRIVERS.flatMap((driver) => MOMENTS.map((moment) => ({ driver, ...moment })));

const server = await Server.make();
await server.aWorker();
afterEach(() => server.host.faults.restoreNetwork());

test.each(CASES)("$driver: every connection is cut in $phase", async ({ driver, phase, release }) => {
  const [{ service, visitor, deployment }] = await redeployments([driver], release);
  await deployment.reaches(phase);
  await server.host.faults.cutConnections();
  expect(await deployment.ends(90_000)).toMatchObject({ state: "succeeded", problem: null });
  await visitor.leave();
  expect(visitor.failures).toEqual([]);
  expect(visitor.versions).toEqual(["1", "2"]);
  await service.isTidy();
});

test.each(MOMENTS)("SSH falls silent while one is in $phase, and comes back", async ({ phase, release }) => {
  // One of each driver, concurrently: waiting for the silence to end takes most of the time here.
  const runs = await redeployments(SERVER_DRIVERS, release);
  await Promise.any(runs.map(({ deployment }) => deployment.reaches(phase)));
  await server.host.faults.dropNetwork({ ports: [SSH], seconds: SILENCE_SECONDS });
  for (const { service, visitor, deployment } of runs) {
    const view = await deployment.ends(150_000);
    expect(["succeeded", "failed"]).toContain(view.state);
    expect(await service.answer()).toBe(view.state === "succeeded" ? "2" : "1");
    await visitor.leave();
    expect(visitor.failures).toEqual([]);
    await service.isTidy();
  }
});

test("a host that is gone leaves them stuck, and a retry after it returns cleans up", async () => {
  // None has ended before all of them are awaited.
  const runs = await redeployments(SERVER_DRIVERS, { listensAfterMs: 25_000, health: "error" });
  await Promise.all(runs.map(({ deployment }) => deployment.reaches("verify")));
  await server.host.faults.powerOff();
  for (const { deployment, visitor } of runs) {
    expect(await deployment.ends(400_000)).toMatchObject({ state: "stuck" });
    await visitor.leave();
  }
  await server.host.faults.powerOn();
  for (const { deployment, service } of runs) {
    await deployment.retry();
    expect(await deployment.ends(120_000)).toMatchObject({ state: "failed" });
    await expect.poll(() => service.answer().catch(String), { timeout: 60_000 }).toBe("1");
    await service.isTidy();
  }
}, 600_000);

/**
 * Of each, version 1 is live and gets requests, and version 2 is being deployed. Requests start only once all of them
 * are live: a new service on a host may cost another one's kept connections (decision 10).
 */
async function redeployments(drivers: Several<ServerDriver>, release: Behaviour | undefined) {
  const services = await forAll(drivers, (driver) => server.aService(driver));
  await forAll(services, (service) => service.serves("1"));
  return forAll(services, async (service) => {
    const visitor = service.aVisitor();
    await service.write("2", release);
    return { service, visitor, deployment: await service.deploy() };
  });
}

type Several<T> = readonly [T, ...T[]];

function forAll<T, R>(items: Several<T>, work: (item: T) => Promise<R>): Promise<[R, ...R[]]> {
  const [first, ...others] = items;
  return Promise.all([work(first), ...others.map(work)]);
}
