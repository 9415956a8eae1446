import { chmod, mkdir, mkdtemp, realpath, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DeploymentSpec } from "@/lib/contracts/service";
import { LocalHost } from "@/lib/hosts/local-host";
import { stagingPath } from "@/lib/hosts/unfinished";
import { driverContract } from "../contract/driver-contract";
import type { DeployOptions } from "../contract/test-run";
import { TestService } from "../contract/test-service";
import type { Behaviour } from "../contract/workbench";
import type { HostPlace } from "../driver";
import { releaseLayout } from "../release-layout";
import { createProcessDriver } from "./driver";
import { ADDRESS_FILE } from "./supervisor/protocol";
import { findSupervisor } from "./supervisor-client";
import { refuses } from "./volumes";

driverContract({
  kind: "process",
  open: async () => ({
    newDriver: createProcessDriver,
    newHost: () => new LocalHost({ publicHost: "127.0.0.1" }),
    makeBase: aBase,
    close: async () => {},
  }),
  closeBase,
  async writeSource(folder, behaviour) {
    const build = { good: "echo built >built.txt", failing: "echo no such module >&2; exit 2", endless: "sleep 3600" }[
      behaviour.build ?? "endless"
    ];
    const scripts = { start: "node service.js", ...(behaviour.build ? { build } : {}) };
    await writeFile(join(folder, "package.json"), JSON.stringify({ name: "fixture", scripts }));
    await writeFile(join(folder, "service.js"), serviceSource(behaviour));
  },
});

async function aBase(): Promise<string> {
  return realpath(await mkdtemp(join(tmpdir(), "landfall-base-")));
}

async function closeBase(place: HostPlace): Promise<void> {
  await (await findSupervisor(place))?.shutDown();
  await rm(place.base, { recursive: true, force: true });
}

const host = new LocalHost();
let base: string;
let root: string;

beforeAll(async () => {
  base = await aBase();
  root = await realpath(await mkdtemp(join(tmpdir(), "landfall-sources-")));
});
afterAll(async () => {
  await closeBase({ host, base });
  await rm(root, { recursive: true, force: true });
});

async function aService(path: string, spec: Partial<DeploymentSpec> = {}, at = base): Promise<TestService> {
  return new TestService({
    newDriver: createProcessDriver,
    newPlace: () => ({ host, base: at }),
    sourceRoots: [dirname(path)],
    spec: { driver: "process", source: { kind: "folder", path }, port: await host.freePort(), ...spec },
  });
}

const jsonFrom = async (port: number, path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).json();

test("the bundled example is built with its real dependencies and serves with its environment", async () => {
  const service = await aService(join(process.cwd(), "examples/hello-node"));
  const attempt = await service.deploy({ environment: { GREETING: "Hoi" } });
  expect(attempt.problem).toBeNull();
  expect(attempt.details.build).toMatch(/^npm ci --omit=dev/);
  const { port } = service.spec;
  expect(await jsonFrom(port, "/")).toMatchObject({ message: "Hoi from hello-node", release: attempt.releaseId });
  expect(await jsonFrom(port, "/health")).toMatchObject({ status: "ok" });
});

test("the other lines of a Procfile run beside web, and its release line before it; one that settings turn off does not", async () => {
  const folder = join(root, "procfile");
  await mkdir(folder);
  const lines = ["web: node web.js", "release: echo migrated", "worker: echo busy; exec sleep 3631", "clock: false"];
  await writeFile(join(folder, "Procfile"), lines.join("\n"));
  await writeFile(
    join(folder, "web.js"),
    'require("http").createServer((_, a) => a.end("ok")).listen(process.env.PORT);',
  );
  const settings = { processes: { clock: { replicas: 0 } } };
  const service = await aService(folder, { settings });
  const attempt = await service.deploy();
  expect(attempt.problem).toBeNull();
  expect(attempt.log).toEqual(expect.arrayContaining(["runs besides web: worker", "migrated"]));
  expect(attempt.details.validation).toMatch(/; runs with worker; off: clock$/);
  const driver = createProcessDriver();
  const { place } = service;
  const running = { type: "worker", copy: 1, state: "running" };
  expect((await driver.state(place)).processes).toMatchObject([running]);
  const { current } = service;
  if (!current || !driver.upkeep) throw new Error("nothing serves");
  // A new supervisor starts what its file has.
  const supervisor = await findSupervisor(place);
  const { pid } = (await supervisor?.status()) ?? {};
  await supervisor?.shutDown();
  await expect.poll(() => host.stat(`/proc/${pid}`)).toBeNull();
  const context = {
    ...{ ...place, deploymentId: current.id, spec: current.spec, isConfined: false, release: current },
    ...{ environment: {}, signal: AbortSignal.timeout(30_000), log: () => 0 },
  };
  expect(await driver.upkeep.restore(context)).toEqual(["supervisor"]);
  expect((await driver.state(place)).processes).toMatchObject([running]);
  // It forgot the worker.
  await (await findSupervisor(place))?.stopRelease(service.name, `${current.id}-worker-1`, 0);
  expect((await driver.state(place)).processes).toEqual([]);
  expect((await service.remove()).problem).toBeNull();
  expect(await (await findSupervisor(place))?.service(service.name)).toBeNull();
});

test("a supervisor of an earlier version runs no workers: chosen ones are refused, those of a Procfile alone are left out with a warning", async () => {
  const folder = join(root, "earlier");
  await mkdir(folder);
  await writeFile(join(folder, "Procfile"), "web: node web.js\nworker: exec sleep 3632\n");
  await writeFile(
    join(folder, "web.js"),
    'require("http").createServer((_, a) => a.end("ok")).listen(process.env.PORT);',
  );
  const service = await aService(folder);
  expect((await service.deploy()).problem).toBeNull();
  const file = join(base, ADDRESS_FILE);
  const address = JSON.parse((await host.readFile(file)).toString("utf8")) as object;
  await host.writeFile(file, JSON.stringify({ ...address, runsWorkers: false }));
  const settings = { processes: { worker: { replicas: 2 } } };
  const refused = await service.deploy({ spec: { settings } });
  expect(refused).toMatchObject({
    failedIn: "validation",
    problem: { code: "processes-held-back", params: { types: "worker ×2" } },
  });
  const without = await service.deploy();
  expect(without.problem).toBeNull();
  expect(without.log).toContain("warning: processes-held-back");
  expect((await createProcessDriver().state(service.place)).processes).toEqual([]);
  await host.writeFile(file, JSON.stringify(address));
  expect((await service.remove()).problem).toBeNull();
});

/** Writes what no second run would write again, its own path, and a link to itself. */
const MAKES = `
const fs = require("node:fs");
fs.mkdirSync("out/empty", { recursive: true });
fs.writeFileSync("out/run", crypto.randomUUID(), { mode: 0o750 });
fs.writeFileSync("out/path", process.cwd() + " " + process.env.LANDFALL_RELEASE);
fs.symlinkSync(process.cwd() + "/out/run", "out/link");
`;
/** Writes into what was built, as a cache would be, and tells what was built. */
const SHOWS = `
const fs = require("node:fs");
const kept = fs.readdirSync("out").toSorted();
const [run, link, path] = ["run", "link", "path"].map((name) => fs.readFileSync("out/" + name, "utf8"));
const mode = fs.statSync("out/run").mode & 0o777;
fs.writeFileSync("out/cache", "warm");
if (process.env.SPOILS) fs.appendFileSync("out/run", " spoilt");
const told = { run, link, path, to: fs.readlinkSync("out/link"), kept, mode, folder: process.cwd() };
require("http").createServer((_, answer) => answer.end(JSON.stringify(told))).listen(process.env.PORT);
`;

test("a build is used again as it was built, at its new place, until its input differs or its files have changed", async () => {
  const made = join(root, "made");
  await mkdir(made);
  await writeFile(join(made, "make.js"), MAKES);
  await writeFile(join(made, "show.js"), SHOWS);
  const service = await aService(made, { settings: { build: "node make.js", start: "node show.js" } });
  const deploy = async (options: DeployOptions = {}) => {
    const { problem, details, log } = await service.deploy(options);
    expect(problem).toBeNull();
    return { build: details.build, log, ...(await jsonFrom(service.spec.port, "/")) };
  };
  const first = await deploy();
  expect(first.build).toMatch(/^node make.js/);
  const second = await deploy();
  const third = await deploy({ crashInEveryPhase: true });
  for (const { build, run, link, path, to, folder, kept, mode } of [second, third]) {
    expect(build).toMatch(/^unchanged: built in #1, /);
    expect([run, link, mode]).toEqual([first.run, first.run, first.mode]);
    expect(kept).toEqual(["empty", "link", "path", "run"]);
    expect([path, to]).toEqual([`${folder} ${folder.split("/").at(-1)}`, `${folder}/out/run`]);
  }
  expect(new Set([first.folder, second.folder, third.folder]).size).toBe(3);

  const spoils = { environment: { SPOILS: "yes" } };
  const anew = [await deploy(spoils), await deploy(spoils), await deploy({ spec: { rebuild: true } })];
  expect(anew.map(({ build }) => build)).toEqual(anew.map(() => expect.stringMatching(/^node make.js/)));
  expect(new Set([first, ...anew].map(({ run }) => run)).size).toBe(4);
  expect(anew[1]?.log).toContain(
    "The build of #4 has the same input but is not used again: its files have changed since",
  );
  expect(await host.list(join(base, service.name, "releases"))).toHaveLength(6);
});

test("a worker that was killed while a restored build took its place leaves it to the next one", async () => {
  const service = await aService(join(root, "made"), { settings: { build: "node make.js", start: "node show.js" } });
  const first = await service.deploy();
  const second = await service.deploy({ leave: true, onPhase: (phase, cancel) => phase === "start" && cancel.abort() });
  const { directory } = releaseLayout(service.place, second.releaseId);
  await rename(directory, stagingPath(directory));
  const ended = await service.takeOver(second);
  expect([first.problem, ended.problem]).toEqual([null, null]);
  expect(ended.details.build).toMatch(/^unchanged: built in #1, /);
  expect(await host.list(join(base, service.name, "releases"))).toHaveLength(2);
});

/** Prints the variables from npm and Landfall, and which module it loads. */
const TELLS = `
let found = null;
try { found = require("stranger"); } catch (error) { found = error.code; }
const { npm_package_version: version, HOME: home } = process.env;
const told = { version, words: process.argv.slice(2), home, folder: process.cwd(), found };
require("http").createServer((_, answer) => answer.end(JSON.stringify(told))).listen(process.env.PORT);
`;

test("a start script has npm's environment and a home of its own; a package above its releases and a version that does not fit are told", async () => {
  const web = join(root, "web");
  const scripts = { start: "node server.js $npm_package_config_greeting" };
  const engines = { node: "^18.20 || 16.x" };
  const manifest = { name: "web", version: "3.2.1", engines, config: { greeting: "hello" }, scripts };
  await mkdir(web);
  await writeFile(join(web, "package.json"), `\uFEFF${JSON.stringify(manifest)}`);
  await writeFile(join(web, "server.js"), TELLS);
  const service = await aService(web);
  const attempt = await service.deploy();
  expect(attempt.problem).toBeNull();
  const told = await jsonFrom(service.spec.port, "/");
  expect(told).toMatchObject({ version: "3.2.1", words: ["hello"], found: "MODULE_NOT_FOUND" });
  expect(join(told.home, "../releases", attempt.releaseId)).toBe(told.folder);
  expect(attempt.log).not.toContain("warning: package-above");
  expect(attempt.log).toContain("warning: runtime-unfit");

  const above = join(root, "console");
  await mkdir(join(above, "node_modules"), { recursive: true });
  await chmod(root, 0o755); // the service's user must reach its base
  const inside = await aService(web, {}, join(above, "services"));
  const { log, failedIn } = await inside.deploy({ onPhase: (phase, cancel) => phase === "transfer" && cancel.abort() });
  expect(failedIn).toBe("transfer");
  expect(log).toContain("warning: package-above");
});

test("a folder of files for browsers is served, and no file whose name begins with a dot; beside a program it is not", async () => {
  const folder = join(root, "site");
  await mkdir(join(folder, "api"), { recursive: true });
  await writeFile(join(folder, "index.html"), "<h1>hi</h1>");
  await writeFile(join(folder, ".env"), "SECRET=1");
  const service = await aService(folder, { healthPath: "/" });
  expect((await service.deploy()).problem).toBeNull();
  const at = (path: string) => fetch(`http://127.0.0.1:${service.spec.port}${path}`);
  expect(await (await at("/")).text()).toBe("<h1>hi</h1>");
  for (const path of ["/.env", "/.site/package.json", "/.site/node_modules/.bin/sirv"])
    expect((await at(path)).status).toBe(404);
  await service.remove();
  await writeFile(join(folder, "api/package.json"), "{}");
  const params = { reason: "subfolder", path: "api/package.json" };
  expect((await service.deploy()).problem).toMatchObject({ code: "source-not-deployable", params });
});

test("a volume survives releases and the removal, begins with what the source brings, and is nothing that is sent; the runtime is the chosen one", async () => {
  const app = join(root, "app");
  await mkdir(join(app, "data"), { recursive: true });
  await writeFile(join(app, "data/first.txt"), "seed");
  await writeFile(join(app, "server.js"), VISITS);
  const runtime = join(root, "bin");
  await mkdir(runtime);
  await writeFile(join(runtime, "node"), `#!/bin/sh\nCHOSEN=yes exec ${process.execPath} "$@"\n`, { mode: 0o755 });
  await chmod(root, 0o755); // the service's user must reach its runtime
  const settings = { start: "node server.js", runtime };
  const service = await aService(app, { settings, volumes: [{ name: "visits", path: "/data" }] });
  const { port } = service.spec;
  const kept = join(base, service.name, "volumes/visits");

  const first = await service.deploy();
  expect(first.problem).toBeNull();
  expect(first.log.join("\n")).toContain(`runs on node ${process.versions.node} (${join(runtime, "node")})`);
  expect(await jsonFrom(port, "/")).toEqual({ visits: 1, seed: "seed", folder: kept, chosen: "yes" });
  await writeFile(join(kept, "first.txt"), "changed");
  const second = await service.deploy();
  expect(second.problem).toBeNull();
  expect(await jsonFrom(port, "/")).toMatchObject({ visits: 2, seed: "changed", folder: kept });
  expect((await service.rollback(service.release(first.releaseId))).problem).toBeNull();
  expect(await jsonFrom(port, "/")).toMatchObject({ visits: 3, seed: "changed" });
  const removal = await service.remove();
  expect(removal.details["remove-files"]).toContain(`the volumes are kept in ${join(base, service.name, "volumes")}`);
  expect(await host.list(join(base, service.name))).toEqual(["volumes"]);
  expect((await host.readFile(join(kept, "visits"))).toString()).toBe("3");
});

test("a deployment that an earlier version began is undone from the receipts it left", async () => {
  const former = join(root, "former");
  await mkdir(former);
  await writeFile(join(former, "service.js"), serviceSource({ version: "1" }));
  const service = await aService(former, { settings: { start: "node service.js", handover: "stop-first" } });
  const { releaseId: id } = await service.deploy();
  const running = async () => (await findSupervisor({ host, base }))?.service(service.name);
  const spec = (await running())?.releases[0]?.spec;
  await writeFile(join(former, "service.js"), serviceSource({ version: "2", healthStatus: 500 }));
  const health = { ...service.spec.health, portTimeoutMs: 3_000, intervalMs: 500 };
  const second = await service.deploy({ leave: true, spec: { health } });
  expect(second.problem?.code).toBe("health-failed");
  const receipt = JSON.parse(JSON.stringify({ release: { id: second.releaseId, spec }, previous: { id, spec } }));
  await service.undo({ ...second, receipts: { ...second.receipts, start: receipt, verify: receipt } });
  expect(await jsonFrom(service.spec.port, "/")).toMatchObject({ version: "1" });
  expect(await running()).toMatchObject({ current: id, releases: [{ id, spec }] });
});

const VISITS = `
const fs = require("node:fs");
const visits = fs.existsSync("data/visits") ? Number(fs.readFileSync("data/visits", "utf8")) + 1 : 1;
fs.writeFileSync("data/visits", String(visits));
const answer = () => ({ visits, seed: fs.readFileSync("data/first.txt", "utf8"), folder: process.env.LANDFALL_VOLUME_VISITS, chosen: process.env.CHOSEN });
require("node:http").createServer((_, response) => response.end(JSON.stringify(answer()))).listen(process.env.PORT);
`;

test.each([
  [{ domain: "app.example.com" }, ["domain"], "domain-not-for-driver"],
  [{ volumes: [{ name: "a", path: "/" }] }, ["volumes", 0, "path"], "volume-path-not-usable"],
  [{ volumes: [{ name: "a", path: "/data/.." }] }, ["volumes", 0, "path"], "volume-path-not-usable"],
])("what a process cannot have is refused: %j", (wanted, path, code) => {
  expect(refuses(wanted)).toEqual([{ path, code }]);
});

test("a volume inside another one is refused, one beside it is not", () => {
  const at = (...paths: string[]) => refuses({ volumes: paths.map((path, index) => ({ name: `v${index}`, path })) });
  expect(at("/data", "/data/sub").map(({ path }) => path)).toEqual([["volumes", 1, "path"]]);
  expect(at("/data", "/database")).toEqual([]);
});

function serviceSource(behaviour: Behaviour): string {
  return `
const behaviour = ${JSON.stringify(behaviour)};
const http = require("node:http");
if (behaviour.exitCode !== undefined) {
  console.log("goodbye");
  process.exit(behaviour.exitCode);
}
if (behaviour.secondPort) http.createServer().listen(behaviour.secondPort, "127.0.0.1");
let checks = 0;
const server = http.createServer((request, response) => {
  const url = new URL(request.url, "http://service");
  const answer = (status) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify({ version: behaviour.version, environment: process.env }));
  };
  if (url.pathname === "/health") answer(++checks <= (behaviour.coldChecks ?? 0) ? 503 : (behaviour.healthStatus ?? 200));
  else if (url.pathname === "/die" && behaviour.diesWhenAsked) process.exit(9);
  else if (url.pathname === "/slow") setTimeout(answer, behaviour.slowMs ?? 0, 200);
  else if (url.pathname === "/say") console.log("said " + url.search.slice(1)), answer(200);
  else answer(url.pathname === "/" ? 200 : 404);
});
server.listen(process.env.PORT, "127.0.0.1", () => console.log("started " + behaviour.version));
process.on("SIGTERM", () => server.close(() => process.exit(0)));
`;
}
