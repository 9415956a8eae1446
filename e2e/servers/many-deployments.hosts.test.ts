/* Several concurrent deployments to one server, by two workers, and what a service leaves there after its life. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { db } from "@/lib/platform/db/client";
import { Server } from "./server";
import { QUICK_TO_FAIL, SERVER_DRIVERS } from "./service";

const server = await Server.make();
await server.aWorker();
await server.aWorker();

test("ten services at once, half in containers and half as units", async () => {
  const services = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      server.aService(index % 2 === 0 ? "docker" : "systemd", { name: "crowd" }),
    ),
  );
  for (const service of services) await service.write("1");
  const deployments = await Promise.all(services.map((service) => service.deploy()));
  for (const deployment of deployments)
    expect(await deployment.ends(170_000)).toMatchObject({ state: "succeeded", problem: null });
  for (const service of services) {
    expect(await service.answer()).toBe("1");
    await service.isTidy();
  }
}, 240_000);

test.each(SERVER_DRIVERS)("%s: two deployments of one service run one after the other", async (driver) => {
  const service = await server.aService(driver);
  await service.write("1");
  const first = await service.deploy();
  const second = await service.deploy();
  const views = [await first.ends(), await second.ends()];
  expect(views.map(({ state }) => state)).toEqual(["succeeded", "succeeded"]);
  expect(String(views[0]?.finishedAt) <= String(views[1]?.startedAt)).toBe(true);
  await service.isTidy();
});

test.each(SERVER_DRIVERS)("%s: deployed, registered, redeployed, rolled back, removed", async (driver) => {
  const service = await server.aService(driver, { autoRegister: true });
  await service.serves("1");
  const registration = () => db.registration.findFirst({ where: { serviceId: service.id, status: "active" } });
  expect((await registration())?.endpoint).toBe(service.url.replace(/\/$/, ""));
  await service.serves("2");
  const back = await (await service.rollBack()).ends();
  expect(back).toMatchObject({ state: "succeeded" });
  expect(back.phases.every(({ durationMs }) => durationMs !== null)).toBe(true);
  expect(back.phases.filter(({ status }) => status === "skipped").map(({ key }) => key)).toEqual(["transfer", "build"]);
  expect(await service.answer()).toBe("1");
  await service.isTidy();
  expect(await (await service.remove()).ends()).toMatchObject({ state: "succeeded" });
  await expect(service.answer()).rejects.toThrow();
  expect(await server.thingsOf(service.name, driver)).toMatchObject({ folders: [], running: [], made: 0, images: 0 });
  expect(await registration()).toBeNull();
});

test.each(SERVER_DRIVERS)("%s: a health check that answers badly never gets traffic", async (driver) => {
  const service = await server.aService(driver, { health: QUICK_TO_FAIL });
  await service.serves("1");
  const visitor = service.aVisitor();
  const codes = { error: "health-failed", hang: "health-failed", redirect: "health-redirected" } as const;
  for (const [health, code] of Object.entries(codes) as [keyof typeof codes, string][]) {
    await service.write("2", { health });
    expect(await (await service.deploy()).ends()).toMatchObject({ state: "failed", problem: { code } });
  }
  await visitor.leave();
  expect(visitor.failures).toEqual([]);
  expect(visitor.versions).toEqual(["1"]);
  await service.isTidy();
});

test.each(SERVER_DRIVERS)("%s: no secret in any row, process list or readable file", async (driver) => {
  const secret = `s3cret-${randomUUID()}`;
  const service = await server.aService(driver, { environment: { TOKEN: secret } });
  await service.serves("1");
  const rows = await db.$queryRaw<{ found: string }[]>`
    SELECT 'event' AS found FROM event WHERE data::text LIKE ${`%${secret}%`}
    UNION ALL SELECT 'log' FROM log_chunk WHERE lines::text LIKE ${`%${secret}%`}
    UNION ALL SELECT 'audit' FROM audit_event WHERE details::text LIKE ${`%${secret}%`}
    UNION ALL SELECT 'phase' FROM phase WHERE row_to_json(phase)::text LIKE ${`%${secret}%`}`;
  expect(rows).toEqual([]);
  const { host } = server;
  expect(await host.exec(["ps", "-eo", "args"])).not.toContain(secret);
  // As another user of the host: in a folder that only root may enter, a file's own mode proves nothing.
  const readable = await host.tryExec(
    ["grep", "-rlsF", secret, "/opt", "/etc", "/run", "/tmp", "/var/log", "/var/lib/docker", "/proc/self/mounts"],
    { user: "deploy" },
  );
  expect(readable.stdout.trim()).toBe("");
  expect(await host.exec(["journalctl", "--no-pager", "--since", "-10min"])).not.toContain(secret);
});
