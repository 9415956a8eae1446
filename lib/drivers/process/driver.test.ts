import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LocalHost } from "@/lib/hosts/local-host";
import { bundle } from "@/scripts/bundle.mjs";
import type { Attempt } from "../contract/attempt";
import type { Behaviour } from "../contract/driver-under-test";
import { TestService } from "../contract/test-service";
import { writeWheelService } from "../contract/wheel-service";
import { driverContract } from "../driver-contract";
import { createProcessDriver } from "./driver";
import { findSupervisor } from "./supervisor-client";

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
    const build = { failing: "echo no such module >&2; exit 2", endless: "sleep 60" }[behaviour.build ?? "endless"];
    const scripts = { start: "node service.js", ...(behaviour.build ? { build } : {}) };
    await writeFile(join(folder, "package.json"), JSON.stringify({ name: "fixture", scripts }));
    await writeFile(join(folder, "service.js"), serviceSource(behaviour));
  },
});

/** Deploys a folder of `root`, hands over the port it answers on, and takes everything away again. */
async function whileServing(
  root: string,
  name: string,
  use: (port: number, attempt: Attempt) => Promise<void>,
): Promise<void> {
  const folder = await supervisorOutput();
  const base = await realpath(await mkdtemp(join(tmpdir(), "landfall-base-")));
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

test("a Python service runs in an environment of its own with its requirements", { timeout: 180_000 }, async () => {
  const root = await realpath(await mkdtemp(join(tmpdir(), "landfall-python-")));
  await writeWheelService(join(root, "web"));
  await whileServing(root, "web", async (port, attempt) => {
    expect(attempt.details.build).toMatch(/^python3 -m venv .*pip install/);
    expect(await jsonFrom(port, "/")).toEqual({ greeting: "Hoi from a wheel", inVenv: true });
  });
  await rm(root, { recursive: true, force: true });
});

function serviceSource(behaviour: Behaviour): string {
  return `
const behaviour = ${JSON.stringify(behaviour)};
const http = require("node:http");
if (behaviour.exitCode !== undefined) {
  console.log("goodbye");
  process.exit(behaviour.exitCode);
}
if (behaviour.dieAfterMs) setTimeout(() => process.exit(9), behaviour.dieAfterMs);
const server = http.createServer((request, response) => {
  const url = new URL(request.url, "http://service");
  const answer = (status) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify({ version: behaviour.version, environment: process.env }));
  };
  if (url.pathname === "/health") answer(behaviour.healthStatus ?? 200);
  else if (url.pathname === "/slow") setTimeout(answer, behaviour.slowMs ?? 0, 200);
  else if (url.pathname === "/say") console.log("said " + url.search.slice(1)), answer(200);
  else answer(url.pathname === "/" ? 200 : 404);
});
server.listen(process.env.PORT, "127.0.0.1", () => console.log("started " + behaviour.version));
process.on("SIGTERM", () => server.close(() => process.exit(0)));
`;
}
