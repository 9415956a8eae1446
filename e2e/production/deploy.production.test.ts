/* Landfall's own update on a server, under constant requests of visitors: docs/upgrade.md. */
import { beforeAll, expect, test } from "vitest";
import { bundle } from "../../scripts/bundle.mjs";
import { PROGRAM } from "../servers/program";
import { HttpsClient } from "./https-client";
import { ProductionServer } from "./production-server";
import { ReleaseClone } from "./release-clone";
import type { Run } from "./run-program";
import { type Seen, visit } from "./visitors";
import { testsHaveProcessors } from "./with-processors";

const DOMAIN = "console.acme.test";
const ADMIN = { LANDFALL_ADMIN_EMAIL: "admin@acme.test", LANDFALL_ADMIN_PASSWORD: "correct horse battery staple" };
const HOME = "/opt/landfall/production";
const PATIENCE = { timeout: 240_000, interval: 500 };
const FINISHED = ["succeeded", "failed", "cancelled", "stuck"];
const SLOW_SECONDS = 45;

let server: ProductionServer;
let clone: ReleaseClone;
let web: HttpsClient;
const containers = (format: string) =>
  server.host.exec([
    ...["docker", "ps", "--all", "--filter", "label=com.docker.compose.project=landfall-production"],
    ...["--format", format],
  ]);
const version = async () => (await web.json<{ version: string }>("/api/health")).version;
const releases = async () => (await server.host.exec(["ls", `${HOME}/releases`])).trim().split("\n");

testsHaveProcessors();
beforeAll(async () => {
  server = await ProductionServer.make();
  const settings = {
    ...ADMIN,
    LANDFALL_DOMAIN: DOMAIN,
    LANDFALL_TLS: "internal",
    LANDFALL_BIND: server.host.insideAddress,
  };
  clone = new ReleaseClone(await bundle("deploy"), server.host, settings);
});

test("the first time, one command ends with a console that answers", async () => {
  await clone.turnInto("0.1.0");
  const { exitCode, output } = await clone.deploy();
  expect(exitCode).toBe(0);
  expect(output).toContain(`Landfall 0.1.0 serves at https://${DOMAIN}`);
  expect(output).toContain("Made on the server, in secrets/: application-password, postgres-password, secret-key");
  const key = await server.host.exec(["cat", `${HOME}/secrets/secret-key`]);
  for (const secret of [key.trim(), ADMIN.LANDFALL_ADMIN_PASSWORD]) expect(output).not.toContain(secret);

  const modes = await server.host.script(`cd ${HOME}; stat -c '%a %u %n' .env.production .release.env secrets/*`);
  expect(modes.trim().split("\n")).toEqual([
    "600 0 .env.production",
    "600 0 .release.env",
    "400 10001 secrets/application-password",
    "400 10001 secrets/postgres-password",
    "400 10001 secrets/secret-key",
  ]);
  expect(await server.host.exec(["cat", `${HOME}/.env.production`])).not.toMatch(/SSH_KEY_PATH|SERVER_HOST/);
  const path = "/data/caddy/pki/authorities/local/root.crt";
  const caddy = (await containers("{{.Names}}")).split("\n").find((name) => name.includes("caddy")) ?? "";
  const authority = await server.host.exec(["docker", "exec", caddy, "cat", path]);
  web = new HttpsClient({ address: server.host.address, domain: DOMAIN, authority });
  await web.signIn(ADMIN.LANDFALL_ADMIN_EMAIL, ADMIN.LANDFALL_ADMIN_PASSWORD);
  expect(await version()).toBe("0.1.0");
});

test("a second version takes over under load, and no request is lost", async () => {
  await clone.turnInto("0.2.0");
  const { exitCode, output, seen } = await underLoad(() => clone.deploy());
  expect(output).toMatch(/✓ Watch .* requests, 0 failed/);
  expect({ exitCode, seen }).toEqual({ exitCode: 0, seen: all(["0.1.0", "0.2.0"]) });

  const images = (await containers("{{.Image}}")).trim().split("\n");
  expect(images.filter((image) => image.startsWith("landfall:0.2.0")).length).toBe(2);
  expect(images.filter((image) => image.startsWith("landfall:0.1.0"))).toHaveLength(1); // migrate has ended
  expect(await releases()).toHaveLength(2);
});

test("a version that is not well never takes traffic, and leaves nothing behind", async () => {
  const before = [await containers("{{.ID}}"), await releases()];
  await clone.turnInto("0.3.0", "sick");
  const { exitCode, output, seen } = await underLoad(() => clone.deploy("--health-timeout=15"));
  expect({ exitCode, seen }).toEqual({ exitCode: 1, seen: all(["0.2.0"]) });
  expect(output).toContain("did not pass its health check, so it got no traffic");
  expect(output).toContain("Landfall 0.2.0 serves as before.");
  expect([await containers("{{.ID}}"), await releases()]).toEqual(before);
  expect(await server.host.exec(["docker", "images", "--format", "{{.Tag}}", "landfall"])).not.toContain("0.3.0");
});

test("what is wrong is said before anything is done", async () => {
  clone.write("forgotten.txt", "not committed");
  const { exitCode, output } = await clone.deploy();
  expect(exitCode).toBe(1);
  expect(output).toContain("changes that are not committed: forgotten.txt");
});

test("a deployment that runs survives the worker's replacement", async () => {
  const { host } = server;
  await host.script(
    `mkdir -p ${HOME}/sources/slow; cd ${HOME}/sources/slow
     printf %s "$1" >Dockerfile; printf %s "$2" >server.py; echo '{"version": "one"}' >release.json`,
    [`FROM landfall-test/python\nCOPY . /app\nRUN sleep ${SLOW_SECONDS}\nCMD ["python3", "/app/server.py"]\n`, PROGRAM],
  );
  const { line } = await web.json<{ line: string }>("/api/targets/host-key", { host: host.insideAddress });
  await web.json("/api/targets", {
    ...{ name: "here", host: host.insideAddress, hostKey: line, publicHost: host.insideAddress },
    key: { kind: "private-key", privateKey: await readKey() },
  });
  await web.json("/api/services", {
    ...{ name: "slow", target: "here", driver: "docker", port: 8_000 },
    ...{ source: { kind: "folder", path: "/sources/slow" }, settings: {}, environment: {} },
  });

  await clone.turnInto("0.4.0");
  const update = clone.deploy();
  // As late as possible, so that it still runs when the worker stops: the update's watch has begun by then.
  await expect.poll(() => host.script(`ls ${HOME}/live`), PATIENCE).not.toContain("green");
  const { id } = await web.json<{ id: string }>("/api/deployments", { service: "slow" });
  expect((await update).exitCode).toBe(0);
  const state = async () => (await web.json<{ state: string }>(`/api/deployments/${id}`)).state;
  expect(FINISHED).not.toContain(await state());
  await expect.poll(async () => FINISHED.includes(await state()), PATIENCE).toBe(true);
  expect(await state()).toBe("succeeded");
  expect(await (await fetch(`http://${host.address}:8000/`)).text()).toBe("one");
});

test("an earlier version comes back under load, and no request is lost", async () => {
  const list = await clone.rollback();
  expect(list.output).toMatch(/0\.4\.0 +serves now/);
  const timestamp = /(\d{8}-\d{6}) +0\.2\.0 /.exec(list.output)?.[1] ?? "";

  const { exitCode, seen } = await underLoad(() => clone.rollback(timestamp));
  expect({ exitCode, seen }).toEqual({ exitCode: 0, seen: all(["0.4.0", "0.2.0"]) });
  expect(await version()).toBe("0.2.0");
  expect((await clone.rollback("20200101-000000")).exitCode).toBe(1);
});

async function underLoad(change: () => Promise<Run>): Promise<Run & { seen: Seen }> {
  const load = visit({ address: server.host.address, domain: DOMAIN });
  const run = await change();
  return { ...run, seen: await load.leave() };
}

/** A hundred requests in every second, all successful, answered by these versions one after another. */
function all(versions: string[]) {
  return { requests: expect.any(Number), perSecond: 100, failed: 0, failures: [], versions };
}

async function readKey(): Promise<string> {
  const { readFile } = await import("node:fs/promises");
  return readFile(server.host.keys.ed25519.file, "utf8");
}
