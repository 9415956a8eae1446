import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LocalHost } from "@/lib/hosts/local-host";
import { bundle } from "@/scripts/bundle.mjs";
import { driverContract } from "../contract/driver-contract";
import { writeWheelService } from "../contract/python-service";
import type { Attempt, KeptRelease } from "../contract/test-run";
import { TestService } from "../contract/test-service";
import type { Behaviour } from "../contract/workbench";
import { createProcessDriver } from "./driver";
import { findSupervisor } from "./supervisor-client";
import { refuses } from "./volumes";

const supervisorOutput = () => mkdtemp(join(tmpdir(), "landfall-supervisor-"));

driverContract({
  kind: "process",
  async open() {
    const folder = await supervisorOutput();
    const supervisorFile = await bundle("supervisor", folder);
    return {
      newDriver: () => createProcessDriver({ supervisorFile }),
      newHost: () => new LocalHost({ publicHost: "127.0.0.1" }),
      makeBase: async () => realpath(await mkdtemp(join(tmpdir(), "landfall-base-"))),
      close: () => rm(folder, { recursive: true, force: true }),
    };
  },
  async closeBase(place) {
    await (await findSupervisor(place))?.shutDown();
    await rm(place.base, { recursive: true, force: true });
  },
  async writeSource(folder, behaviour) {
    const build = { failing: "echo no such module >&2; exit 2", endless: "sleep 3600" }[behaviour.build ?? "endless"];
    const scripts = { start: "node service.js", ...(behaviour.build ? { build } : {}) };
    await writeFile(join(folder, "package.json"), JSON.stringify({ name: "fixture", scripts }));
    await writeFile(join(folder, "service.js"), serviceSource(behaviour));
  },
});

/** Deploys a folder of `root`, passes its port to the callback, and removes everything again. */
async function whileServing(
  root: string,
  name: string,
  use: (port: number, attempt: Attempt) => Promise<void>,
  givenBase?: string,
): Promise<void> {
  const folder = await supervisorOutput();
  const base = givenBase ?? (await realpath(await mkdtemp(join(tmpdir(), "landfall-base-"))));
  const host = new LocalHost();
  const supervisorFile = await bundle("supervisor", folder);
  const port = await host.freePort();
  const service = new TestService({
    newDriver: () => createProcessDriver({ supervisorFile }),
    newPlace: () => ({ host, base }),
    sourceRoots: [root],
    spec: { driver: "process", source: { kind: "folder", path: join(root, name) }, port },
  });
  try {
    const attempt = await service.deploy({ environment: { GREETING: "Hoi" } });
    expect(attempt.problem).toBeNull();
    await use(port, attempt);
  } finally {
    await (await findSupervisor({ host, base }))?.shutDown();
    await rm(base, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  }
}

const jsonFrom = async (port: number, path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).json();

test("the bundled example is built with its real dependencies and serves with its environment", {
  timeout: 180_000,
}, async () => {
  await whileServing(join(process.cwd(), "examples"), "hello-node", async (port, attempt) => {
    expect(attempt.details.build).toMatch(/^npm ci --omit=dev/);
    expect(await jsonFrom(port, "/")).toMatchObject({ message: "Hoi from hello-node", release: attempt.releaseId });
    expect(await jsonFrom(port, "/health")).toMatchObject({ status: "ok" });
  });
});

/** Prints the variables from npm and Landfall, and which module it loads. */
const TELLS = `
let found = null;
try { found = require("stranger"); } catch (error) { found = error.code; }
const { npm_package_version: version, HOME: home } = process.env;
const told = { version, words: process.argv.slice(2), home, folder: process.cwd(), found };
require("http").createServer((_, answer) => answer.end(JSON.stringify(told))).listen(process.env.PORT);
`;

test("a start script has npm's environment and a home of its own; a package above its releases is told", {
  timeout: 300_000,
}, async () => {
  const root = await realpath(await mkdtemp(join(tmpdir(), "landfall-npm-")));
  const scripts = { start: "node server.js $npm_package_config_greeting" };
  const manifest = { name: "web", version: "3.2.1", config: { greeting: "hello" }, scripts };
  await mkdir(join(root, "web"));
  await writeFile(join(root, "web/package.json"), `\uFEFF${JSON.stringify(manifest)}`);
  await writeFile(join(root, "web/server.js"), TELLS);
  await whileServing(root, "web", async (port, attempt) => {
    const told = await jsonFrom(port, "/");
    expect(told).toMatchObject({ version: "3.2.1", words: ["hello"], found: "MODULE_NOT_FOUND" });
    expect(join(told.home, "../releases", attempt.releaseId)).toBe(told.folder);
    expect(attempt.log).not.toContain("warning: package-above");
  });
  const above = join(root, "console");
  await mkdir(join(above, "node_modules"), { recursive: true });
  await chmod(root, 0o755); // the service's user must reach its base
  await whileServing(
    root,
    "web",
    async (_, attempt) => {
      expect(attempt.log).toContain("warning: package-above");
    },
    join(above, "services"),
  );
  await rm(root, { recursive: true, force: true });
});

test("a Python service runs in an environment of its own with its requirements", { timeout: 180_000 }, async () => {
  const root = await realpath(await mkdtemp(join(tmpdir(), "landfall-python-")));
  await writeWheelService(join(root, "web"));
  await whileServing(root, "web", async (port, attempt) => {
    expect(attempt.details.build).toMatch(/^python3 -m venv .*pip install/);
    expect(await jsonFrom(port, "/")).toEqual({ greeting: "Hoi from a wheel", inVenv: true });
  });
  await rm(root, { recursive: true, force: true });
});

test("a volume survives releases and the removal, begins with what the source brings, and is nothing that is sent; the runtime is the chosen one", {
  timeout: 300_000,
}, async () => {
  const root = await realpath(await mkdtemp(join(tmpdir(), "landfall-volumes-")));
  const folder = await supervisorOutput();
  const supervisorFile = await bundle("supervisor", folder);
  const base = await realpath(await mkdtemp(join(tmpdir(), "landfall-base-")));
  const host = new LocalHost();
  const port = await host.freePort();
  await mkdir(join(root, "app/data"), { recursive: true });
  await writeFile(join(root, "app/data/first.txt"), "seed");
  await writeFile(join(root, "app/server.js"), VISITS);
  const runtime = join(root, "bin");
  await mkdir(runtime);
  await writeFile(join(runtime, "node"), `#!/bin/sh\nCHOSEN=yes exec ${process.execPath} "$@"\n`, { mode: 0o755 });
  await chmod(root, 0o755); // the service's user must reach its runtime
  const service = new TestService({
    newDriver: () => createProcessDriver({ supervisorFile }),
    newPlace: () => ({ host, base }),
    sourceRoots: [root],
    spec: {
      driver: "process",
      source: { kind: "folder", path: join(root, "app") },
      port,
      settings: { start: "node server.js", runtime },
      volumes: [{ name: "visits", path: "/data" }],
    },
  });
  const kept = join(base, service.name, "volumes/visits");
  try {
    const first = await service.deploy();
    expect(first.problem).toBeNull();
    expect(first.log.join("\n")).toContain(`runs on node ${process.versions.node} (${join(runtime, "node")})`);
    expect(await jsonFrom(port, "/")).toEqual({ visits: 1, seed: "seed", folder: kept, chosen: "yes" });
    await writeFile(join(kept, "first.txt"), "changed");
    const second = await service.deploy();
    expect(second.problem).toBeNull();
    expect(await jsonFrom(port, "/")).toMatchObject({ visits: 2, seed: "changed", folder: kept });
    expect((await service.rollback(service.releases[1] as KeptRelease)).problem).toBeNull();
    expect(await jsonFrom(port, "/")).toMatchObject({ visits: 3, seed: "changed" });
    const removal = await service.remove();
    expect(removal.details["remove-files"]).toContain(`the volumes are kept in ${join(base, service.name, "volumes")}`);
    expect(await host.list(join(base, service.name))).toEqual(["volumes"]);
    expect((await host.readFile(join(kept, "visits"))).toString()).toBe("3");
  } finally {
    await (await findSupervisor({ host, base }))?.shutDown();
    for (const path of [base, root, folder]) await rm(path, { recursive: true, force: true });
  }
});

test("a deployment that an earlier version began is undone from the receipts it left", {
  timeout: 180_000,
}, async () => {
  const root = await realpath(await mkdtemp(join(tmpdir(), "landfall-former-")));
  const folder = await supervisorOutput();
  const supervisorFile = await bundle("supervisor", folder);
  const base = await realpath(await mkdtemp(join(tmpdir(), "landfall-base-")));
  const host = new LocalHost();
  const port = await host.freePort();
  const service = new TestService({
    newDriver: () => createProcessDriver({ supervisorFile }),
    newPlace: () => ({ host, base }),
    sourceRoots: [root],
    spec: {
      driver: "process",
      source: { kind: "folder", path: root },
      port,
      settings: { start: "node service.js", handover: "stop-first" },
    },
  });
  try {
    await writeFile(join(root, "service.js"), serviceSource({ version: "1" }));
    const { releaseId: id } = await service.deploy();
    const spec = (await (await findSupervisor({ host, base }))?.service(service.name))?.releases[0]?.spec;
    await writeFile(join(root, "service.js"), serviceSource({ version: "2", healthStatus: 500 }));
    const health = { ...service.spec.health, portTimeoutMs: 3_000 };
    const second = await service.deploy({ leave: true, spec: { health } });
    expect(second.problem?.code).toBe("health-failed");
    const former = JSON.parse(JSON.stringify({ release: { id: second.releaseId, spec }, previous: { id, spec } }));
    await service.undo({ ...second, receipts: { ...second.receipts, start: former, verify: former } });
    expect(await jsonFrom(port, "/")).toMatchObject({ version: "1" });
    const left = await (await findSupervisor({ host, base }))?.service(service.name);
    expect(left).toMatchObject({ current: id, releases: [{ id, spec }] });
  } finally {
    await (await findSupervisor({ host, base }))?.shutDown();
    for (const path of [base, root, folder]) await rm(path, { recursive: true, force: true });
  }
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
const began = Date.now();
const server = http.createServer((request, response) => {
  const url = new URL(request.url, "http://service");
  const answer = (status) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify({ version: behaviour.version, environment: process.env }));
  };
  if (url.pathname === "/health") answer(Date.now() - began < (behaviour.warmMs ?? 0) ? 503 : (behaviour.healthStatus ?? 200));
  else if (url.pathname === "/die" && behaviour.diesWhenAsked) process.exit(9);
  else if (url.pathname === "/slow") setTimeout(answer, behaviour.slowMs ?? 0, 200);
  else if (url.pathname === "/say") console.log("said " + url.search.slice(1)), answer(200);
  else answer(url.pathname === "/" ? 200 : 404);
});
server.listen(process.env.PORT, "127.0.0.1", () => console.log("started " + behaviour.version));
process.on("SIGTERM", () => server.close(() => process.exit(0)));
`;
}
