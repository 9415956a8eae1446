import { beforeEach, expect, test } from "vitest";
import { aRelease, someFiles, TestInstallation } from "../test-installation";
import { filesPhase } from "./files";
import { checkPhase, savePhase } from "./prepare";
import { migratePhase, startPhase } from "./start";
import { prunePhase, retirePhase, switchPhase, workerPhase } from "./take-over";
import { verifyPhase, watchPhase } from "./verify";

const OLD = aRelease("0.1.0", "20261121-120000");
const HOME = "/opt/landfall/production";
const code = (expected: string) => expect.objectContaining({ code: expected });

let server: TestInstallation;
beforeEach(() => {
  server = new TestInstallation();
});
const read = (name: string) => server.host.files.get(`${HOME}/${name}`);
const text = (name: string) => read(name)?.content.toString();

test("a check says everything that is wrong at once, and nothing is touched", async () => {
  const clone = { root: "/clone", buildArguments: {}, complaints: async () => ["LANDFALL_DOMAIN is not set."] };
  const files = { ...someFiles("new"), environment: "GITHUB_SECRET_FILE=/run/secrets/github\n" };
  await expect(checkPhase.run(server.context({ clone, files }))).rejects.toMatchObject({
    code: "cannot-update",
    detail: expect.stringMatching(/LANDFALL_DOMAIN is not set[\s\S]*secrets: github/),
  });
  expect(server.host.files.size).toBe(0);
});

test("without compose the check says what to install", async () => {
  server.exitCodes.set("compose version", 1).set("docker-compose version", 1);
  await expect(checkPhase.run(server.context())).rejects.toMatchObject({
    detail: expect.stringContaining("docker-compose-plugin"),
  });
});

test("the present files are kept, the new ones put in force, and back again", async () => {
  await server.serving(OLD, "blue");
  const ctx = server.context();
  await filesPhase.run(ctx);
  expect(text("docker-compose.production.yml")).toContain("new");
  expect(text("Caddyfile")).toContain("new");
  expect(read(".env.production")?.mode).toBe(0o600);
  expect(text(`releases/${OLD.timestamp}/.env.production`)).toContain("old@");
  expect(text(".release.env")).toContain("LANDFALL_IMAGE=landfall:0.1.0");
  expect(text(`releases/${ctx.release.timestamp}/.release.env`)).toContain("LANDFALL_SLOT=green");
  expect(server.notes.join()).toContain("docker compose up -d");

  for (let twice = 0; twice < 2; twice += 1) {
    await filesPhase.undo?.(ctx);
    expect(text(".env.production")).toContain("old@");
    expect(text("Caddyfile")).toContain("old");
    expect(read(`releases/${ctx.release.timestamp}/.env.production`)).toBeUndefined();
  }
});

test("Caddy takes a changed file over without a restart, and is left alone when nothing changed", async () => {
  await server.serving(OLD, "blue");
  const reloads = () => server.host.commands.filter(({ args }) => args.includes("reload")).length;
  await filesPhase.run(server.context({ files: { ...someFiles("new"), caddy: someFiles("old").caddy } }));
  expect(reloads()).toBe(0);
  await filesPhase.run(server.context());
  expect(reloads()).toBe(1);
});

test("a first install makes the secrets it can, once, and leaves nothing else when it is taken back", async () => {
  const files = { ...someFiles("new"), environment: "LANDFALL_SECRET_KEY_FILE=/run/secrets/secret-key\n" };
  const ctx = server.context({ files });
  await filesPhase.run(ctx);
  const key = text("secrets/secret-key");
  expect(key).toMatch(/^[0-9a-f]{64}\n$/);
  expect(read("secrets/secret-key")?.mode).toBe(0o400);
  expect(text(".release.env")).toContain("LANDFALL_SLOT=blue");
  await filesPhase.run(ctx);
  await filesPhase.undo?.(ctx);
  expect([...server.host.files.keys()]).toEqual([`${HOME}/secrets/secret-key`]);
  expect(text("secrets/secret-key")).toBe(key);
});

test("settings that the compose file asks for reach compose", async () => {
  const compose = ["LANDFALL_BIND:-0.0.0.0", "LANDFALL_IMAGE"].map((name) => `$\{${name}}`).join("\n");
  const environment = "LANDFALL_BIND=127.0.0.1\nLANDFALL_IMAGE=evil\nOTHER=1\n";
  await filesPhase.run(server.context({ files: { ...someFiles("new"), compose, environment } }));
  const lines = text(".release.env")?.split("\n");
  expect(lines).toContain("LANDFALL_BIND=127.0.0.1");
  expect(lines?.filter((line) => line.includes("evil") || line.includes("OTHER"))).toEqual([]);
});

test("staging's release file names its own settings and Caddyfile, whatever the environment file says", async () => {
  const staging = new TestInstallation("staging");
  const compose = `$\{LANDFALL_ENVIRONMENT:-production}`;
  const environment = "LANDFALL_ENVIRONMENT=production\n";
  await filesPhase.run(staging.context({ files: { ...someFiles("new"), compose, environment } }));
  const lines = staging.host.files.get("/opt/landfall/staging/.release.env")?.content.toString().split("\n");
  expect(lines?.filter((line) => /ENVIRONMENT|CADDYFILE/.test(line))).toEqual([
    "LANDFALL_ENVIRONMENT=staging",
    "LANDFALL_CADDYFILE=Caddyfile.staging",
  ]);
  await filesPhase.run(server.context());
  expect(text(".release.env")).not.toMatch(/ENVIRONMENT|CADDYFILE/);
});

test("the new version migrates while the old one serves", async () => {
  await server.serving(OLD, "blue");
  const ctx = server.context();
  await filesPhase.run(ctx);
  server.host.commands.length = 0;
  await migratePhase.run(ctx);
  expect(server.changes).toEqual(["docker compose run --rm -T --no-deps migrate"]);
  const args = server.host.commands.find((command) => command.args.includes("migrate"))?.args ?? [];
  expect(args[args.indexOf("--env-file") + 1]).toBe(`${HOME}/releases/${ctx.release.timestamp}/.release.env`);
});

test("the new web server starts beside the old one, in the other slot, and goes again", async () => {
  await server.serving(OLD, "green");
  const ctx = server.context();
  await filesPhase.run(ctx);
  server.add("web", "blue", "landfall:cut-off", false);
  await startPhase.run(ctx);
  expect(server.slots()).toEqual([`green ${OLD.image}`, `blue ${ctx.release.image}`]);
  expect(server.changes.slice(-2)).toEqual([
    "docker compose up --detach --no-deps --no-recreate --scale web=2 web",
    expect.stringMatching(/^docker update --cpu-shares 512 /),
  ]);
  for (let twice = 0; twice < 2; twice += 1) {
    await startPhase.undo?.(ctx);
    expect(server.slots()).toEqual([`green ${OLD.image}`]);
  }
});

test("what has the traffic is never taken away", async () => {
  await server.serving(OLD, "blue");
  const ctx = server.context();
  await filesPhase.run(ctx);
  await startPhase.run(ctx);
  await switchPhase.run(ctx);
  await expect(startPhase.undo?.(ctx)).rejects.toEqual(code("undo-failed"));
  expect(server.slots()).toHaveLength(2);
});

test("where nothing serves, everything is started, and stopped again", async () => {
  const ctx = server.context();
  await filesPhase.run(ctx);
  await startPhase.run(ctx);
  expect(server.changes.at(-1)).toBe("docker compose up --detach");
  await startPhase.undo?.(ctx);
  expect(server.changes.at(-1)).toBe("docker compose down");
});

test("a first start that fails is told with what migrate said", async () => {
  const ctx = server.context();
  await filesPhase.run(ctx);
  server.add("migrate", null, ctx.release.image, false);
  server.exitCodes.set("up --detach", 1);
  await expect(startPhase.run(ctx)).rejects.toMatchObject({ code: "migration-failed", detail: "its last words" });
});

async function besideTheOld() {
  await server.serving(OLD, "blue");
  const ctx = server.context();
  await filesPhase.run(ctx);
  await startPhase.run(ctx);
  return ctx;
}

test("good answers of the new one itself, and its version, verify it", async () => {
  const ctx = await besideTheOld();
  expect(await verifyPhase.run(ctx)).toMatchObject({ detail: expect.stringContaining("0.2.0") });
  expect(server.changes.at(-1)).toMatch(/^docker update --cpu-shares 1024 /);
  server.health.version = "0.1.0";
  await expect(verifyPhase.run(ctx)).rejects.toMatchObject({ code: "health-failed" });
});

test("one whose first page cannot be made gets nobody", async () => {
  const ctx = await besideTheOld();
  server.pageStatus = 500;
  await expect(verifyPhase.run(ctx)).rejects.toMatchObject({
    code: "health-failed",
    params: { path: "/sign-in", status: 500 },
  });
});

test("one that ends is not waited for", async () => {
  const ctx = await besideTheOld();
  Object.assign(server.containers.at(-1) ?? {}, { running: false });
  await expect(verifyPhase.run(ctx)).rejects.toMatchObject({ code: "service-exited", detail: "its last words" });
});

test("a switch is a file, made or removed", async () => {
  const ctx = await besideTheOld();
  await switchPhase.run(ctx);
  expect(await server.installation.liveSlot()).toBe("green");
  await switchPhase.undo?.(ctx);
  expect(await server.installation.liveSlot()).toBe("blue");
});

test("one failed request after the switch is one too many", async () => {
  const ctx = await besideTheOld();
  expect(await watchPhase.run(ctx)).toMatchObject({ detail: expect.stringMatching(/^\d+ requests, 0 failed$/) });
  server.health.status = 502;
  await expect(watchPhase.run(ctx)).rejects.toMatchObject({ code: "unstable-after-switch" });
});

test("the worker is made anew with the new image, and again with the old one", async () => {
  const ctx = await besideTheOld();
  const worker = () => server.containers.find(({ service }) => service === "worker")?.image;
  await workerPhase.run(ctx);
  expect(worker()).toBe(ctx.release.image);
  expect(text(".release.env")).toContain("LANDFALL_SLOT=green");
  await workerPhase.undo?.(ctx);
  expect(worker()).toBe(OLD.image);
  expect(text(".release.env")).toContain("LANDFALL_SLOT=blue");
});

test("a worker that keeps ending fails the update", async () => {
  const ctx = await besideTheOld();
  server.exitCodes.set("docker exec", 1);
  const started = workerPhase.run(ctx);
  await expect.poll(() => server.changes.at(-1)).toContain("worker");
  Object.assign(server.containers.find(({ service }) => service === "worker") ?? {}, { restarts: 1 });
  await expect(started).rejects.toEqual(code("service-exited"));
});

test("the old web server is asked to end, and goes", async () => {
  const ctx = await besideTheOld();
  await retirePhase.run(ctx);
  expect(server.slots()).toEqual([`green ${ctx.release.image}`]);
});

test("the newest three releases are kept, and the one that serves", async () => {
  const times = [1, 2, 3, 4, 5].map((day) => `2026112${day}-000000`);
  for (const [index, timestamp] of times.entries()) {
    await server.serving(aRelease(`0.${index}.0`, timestamp), "blue");
  }
  await prunePhase.run(server.context({ kind: "rollback", release: aRelease("0.0.0", times[0] ?? "") }));
  const removed = server.changes.filter((words) => words.includes("image rm"));
  expect(removed).toEqual(["docker image rm landfall:0.1.0-20261122-000000"]);
  expect(await server.host.list(`${HOME}/releases`)).toEqual([times[0], ...times.slice(2)]);
});

test("before a rollback the database is saved; a release without that role says so", async () => {
  await server.serving(OLD, "blue");
  const ctx = server.context({ kind: "rollback" });
  await savePhase.run(ctx);
  expect(server.changes.at(-1)).toMatch(/run --rm -T --no-deps worker backup before-rollback-\d{8}-\d{6}$/);
  server.exitCodes.set("worker backup", 2);
  expect(await savePhase.run(ctx)).toMatchObject({ skipped: true });
  server.exitCodes.set("worker backup", 1);
  await expect(savePhase.run(ctx)).rejects.toEqual(code("command-failed"));
});
