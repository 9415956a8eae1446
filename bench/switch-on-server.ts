import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describeDistribution, distributionOf } from "./harness/distribution";
import { finishDeployment } from "./harness/finish-deployment";
import type { Installation } from "./harness/installation";
import type { Measure } from "./harness/measure";
import { Program } from "./harness/program";
import {
  addRemoteService,
  type RemoteService,
  timeDeployment,
  timeRollback,
  writeSmallSource,
} from "./harness/remote-service";
import type { Scenario } from "./harness/scenario";
import { addServerTarget, type Server, startServer } from "./harness/server";
import type { LoadInput, LoadResult } from "./programs/load";

const CONNECTIONS = 10;
const PER_SECOND = 100;
const CHANGES = 20;
const PORTS = { docker: 8_200, systemd: 8_201 } as const;
const DRIVERS = ["docker", "systemd"] as const;

/** A short stability window, so that many switches fit; it does not affect what a switch loses. */
const SHORT = { healthyThreshold: 2, goodIntervalMs: 20, stabilityMs: 200, drainMs: 5_000 };

/**
 * Through the public port of a server with an edge, on kept connections: 20 redeploys and 20 rollbacks in a row with
 * Docker and with systemd. Then the duration of a rollback with the health check of a service that does not configure
 * one; last, how long a redeploy and a rollback interrupt a service without an edge.
 */
export const switchOnServer: Scenario = {
  name: "switch-on-server",
  async run(landfall) {
    const server = await startServer(landfall);
    try {
      const target = await addServerTarget(landfall, server);
      const measures: Measure[] = [];
      for (const driver of DRIVERS) measures.push(...(await measureDriver(landfall, server, { target, driver })));
      await server.host.faults.removeCaddy();
      for (const driver of DRIVERS) measures.push(await measureWithoutCaddy(landfall, { target, driver }));
      return measures;
    } finally {
      await server.stop();
    }
  },
};

async function measureDriver(
  landfall: Installation,
  { host }: Server,
  { target, driver }: { target: string; driver: (typeof DRIVERS)[number] },
): Promise<Measure[]> {
  const service = { name: `loaded-${driver}`, port: PORTS[driver], folder: join(landfall.sources, driver) };
  await writeSmallSource(service.folder, "0");
  await addRemoteService(landfall, target, service, { driver, health: SHORT });
  await timeDeployment(landfall, service.name);
  const url = `http://${host.address}:${service.port}/`;
  const { requests, failed, p99Ms, maxMs } = await underLoad(url, () => changeManyTimes(landfall, service, url));
  const notes = `of ${requests.toLocaleString("en")}; slowest ${maxMs} ms, p99 ${p99Ms} ms`;
  const what = `${driver}: failed requests in ${CHANGES} redeploys and ${CHANGES} rollbacks, ${PER_SECOND} requests/s`;
  return [
    { what, value: failed, unit: "requests", budget: { atMost: 0 }, notes },
    await measureRollbacks(landfall, service, driver),
  ];
}

async function underLoad(url: string, work: () => Promise<void>): Promise<LoadResult> {
  const input: LoadInput = { url, connections: CONNECTIONS, perSecond: PER_SECOND };
  const program = new Program("load", input);
  try {
    await program.answer<"started">();
    await work();
    program.say("stop");
    return await program.answer<LoadResult>();
  } finally {
    program.end();
  }
}

async function changeManyTimes(landfall: Installation, service: RemoteService, url: string): Promise<void> {
  for (let change = 1; change <= CHANGES; change += 1) {
    await writeFile(join(service.folder, "version"), String(change));
    await timeDeployment(landfall, service.name);
    await expectVersion(url, String(change));
    await timeRollback(landfall, service.name);
    await expectOlderThan(url, change);
  }
}

async function expectVersion(url: string, expected: string): Promise<void> {
  const found = await (await fetch(url)).text();
  if (found !== expected) throw new Error(`the service should be ${expected} and says ${found}`);
}

async function expectOlderThan(url: string, change: number): Promise<void> {
  const found = Number(await (await fetch(url)).text());
  if (found >= change) throw new Error(`after a rollback from ${change} the service says ${found}`);
}

async function measureRollbacks(landfall: Installation, { name }: RemoteService, driver: string): Promise<Measure> {
  await landfall.api.patch(`/api/services/${name}`, { health: {} });
  await timeDeployment(landfall, name);
  const durations: number[] = [];
  for (let index = 0; index < 5; index += 1) {
    await timeDeployment(landfall, name);
    // The job ends with pruning; no one rolls back before having seen the new release.
    await sleep(1_000);
    durations.push(await timeRollback(landfall, name));
  }
  const found = distributionOf(durations);
  const what = `${driver}: rollback with the artifact on the host`;
  return { what, value: found.max, unit: "ms", budget: { atMost: 3_000 }, notes: describeDistribution(found) };
}

/** The longest time without a good answer, as the engine's own probes measured it through the public port. */
async function measureWithoutCaddy(
  landfall: Installation,
  { target, driver }: { target: string; driver: (typeof DRIVERS)[number] },
): Promise<Measure> {
  const service = {
    name: `direct-${driver}`,
    port: PORTS[driver] + 10,
    folder: join(landfall.sources, `direct-${driver}`),
  };
  await writeSmallSource(service.folder, "0");
  await addRemoteService(landfall, target, service, { driver });
  await timeDeployment(landfall, service.name);
  const gaps: number[] = [];
  for (let change = 1; change <= 5; change += 1) {
    await writeFile(join(service.folder, "version"), String(change));
    for (const begin of [() => landfall.api.deploy(service.name), () => landfall.api.rollBack(service.name)]) {
      const { view } = await finishDeployment(landfall.api, await begin());
      if (!view.probes) throw new Error(`deployment ${view.id} was switched without probes`);
      gaps.push(view.probes.longestGapMs);
    }
  }
  const found = distributionOf(gaps);
  const what = `${driver}: interruption by a redeploy or rollback without Caddy`;
  return { what, value: found.max, unit: "ms", budget: { atMost: 5_000 }, notes: describeDistribution(found) };
}
