/* The connection to a server is lost in the middle of each phase: cut, or silent. */
import { afterEach, expect, test } from "vitest";
import type { PhaseKey } from "@/lib/contracts/phase";
import { Server } from "./server";
import { type Behaviour, SERVER_DRIVERS, type ServerService } from "./service";

const SSH = 22;
/** Longer than a silent connection counts as alive. */
const SILENCE_SECONDS = 25;

const PHASES = ["validation", "transfer", "build", "start", "verify"] as const satisfies PhaseKey[];
/** What makes each phase last long enough to be seen. */
const SLOW: Behaviour = { large: true, buildSeconds: 3, listensAfterMs: 2_000 };

const server = await Server.make();
await server.aWorker();
const services = await forAll(SERVER_DRIVERS, (driver) => server.aService(driver));
await forAll(services, (service) => service.serves("1"));
afterEach(() => server.host.faults.restoreNetwork());

test("every connection is cut in every phase of one redeploy", async () => {
  for (const service of services) {
    const { visitor, deployment, before, version } = await aRedeployment(service);
    for (const phase of PHASES) {
      await deployment.reaches(phase);
      await server.host.faults.cutConnections();
    }
    expect(await deployment.ends(90_000)).toMatchObject({ state: "succeeded", problem: null });
    await visitor.leave();
    expect(visitor.failures).toEqual([]);
    expect(visitor.versions).toEqual([before, version]);
    await service.isTidy();
  }
});

test.each(PHASES)("SSH falls silent while one is in %s, and comes back", async (phase) => {
  // One of each driver, concurrently: waiting for the silence to end takes most of the time here.
  const runs = await forAll(services, aRedeployment);
  await Promise.any(runs.map(({ deployment }) => deployment.reaches(phase)));
  await server.host.faults.dropNetwork({ ports: [SSH], seconds: SILENCE_SECONDS });
  for (const { service, visitor, deployment, before, version } of runs) {
    const view = await deployment.ends(150_000);
    expect(["succeeded", "failed"]).toContain(view.state);
    expect(await service.answer()).toBe(view.state === "succeeded" ? version : before);
    await visitor.leave();
    expect(visitor.failures).toEqual([]);
    await service.isTidy();
  }
});

let versions = 1;

/** The next version is being deployed while the one before serves and gets requests. */
async function aRedeployment(service: ServerService) {
  const before = await service.answer();
  const visitor = service.aVisitor();
  const version = String(++versions);
  await service.write(version, SLOW);
  return { service, visitor, before, version, deployment: await service.deploy() };
}

type Several<T> = readonly [T, ...T[]];

function forAll<T, R>(items: Several<T>, work: (item: T) => Promise<R>): Promise<[R, ...R[]]> {
  const [first, ...others] = items;
  return Promise.all([work(first), ...others.map(work)]);
}
