/* A server that is gone in the middle of a deployment, and returns. */
import { expect, test } from "vitest";
import { Server } from "./server";
import { SERVER_DRIVERS } from "./service";

const server = await Server.make();
await server.aWorker();

test("a host that is gone leaves them stuck, and a retry after it returns cleans up", async () => {
  const services = await Promise.all(SERVER_DRIVERS.map((driver) => server.aService(driver)));
  await Promise.all(services.map((service) => service.serves("1")));
  // None has ended before all of them are awaited.
  const runs = await Promise.all(
    services.map(async (service) => {
      await service.write("2", { listensAfterMs: 25_000, health: "error" });
      return { service, deployment: await service.deploy() };
    }),
  );
  await Promise.all(runs.map(({ deployment }) => deployment.reaches("verify")));
  await server.host.faults.powerOff();
  for (const { deployment } of runs) expect(await deployment.ends(400_000)).toMatchObject({ state: "stuck" });
  await server.host.faults.powerOn();
  for (const { deployment, service } of runs) {
    await deployment.retry();
    expect(await deployment.ends(120_000)).toMatchObject({ state: "failed" });
    await expect.poll(() => service.answer().catch(String), { timeout: 60_000 }).toBe("1");
    await service.isTidy();
  }
}, 600_000);
