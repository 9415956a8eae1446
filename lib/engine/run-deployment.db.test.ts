import { chmod, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { NewDeployment } from "@/lib/contracts/deployment";
import type { Actor } from "@/lib/contracts/user";
import { findSupervisor } from "@/lib/drivers/process/supervisor-client";
import { allDrivers } from "@/lib/drivers/registry";
import { compareFile } from "@/lib/engine/releases/compare-file";
import { compareReleases, previewRollback } from "@/lib/engine/releases/preview-rollback";
import { listReleases } from "@/lib/engine/releases/release-store";
import { db } from "@/lib/platform/db/client";
import { queue } from "@/lib/platform/queue/boss";
import { changeService } from "@/lib/services/change-service";
import { changeEnvironment } from "@/lib/services/environment-commands";
import { checkServiceHealth } from "@/lib/services/running-service";
import { findServiceDetail } from "@/lib/services/service-store";
import { hostPlaceOf } from "@/lib/targets/test-host";
import { cancelDeployment } from "./deployment-commands";
import { getDeployment } from "./deployment-store";
import { readEvents } from "./follow-deployment";
import { readLog } from "./log-store";
import { HandedOver } from "./pipeline";
import { requestDeployment, requestRemoval, requestRollback } from "./request-deployment";
import { type RunControl, runDeployment } from "./run-deployment";
import { aLocalTarget, aPerson, aService } from "./test-service";

/** A service without dependencies that returns its version. */
const SERVER = (version: string, health = 200) => `
  import { createServer } from "node:http";
  createServer((request, response) => {
    response.writeHead(request.url === "/health" ? ${health} : 200);
    response.end(JSON.stringify({ version: "${version}", greeting: process.env.GREETING ?? null }));
  }).listen(process.env.PORT);`;
const QUICK = { portTimeoutMs: 15_000, intervalMs: 50, goodIntervalMs: 20, stabilityMs: 200, drainMs: 500 };

let admin: Actor & { id: string };
let folder: string;
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "landfall-source-"));
  await chmod(root, 0o755);
  process.env.LANDFALL_SOURCE_ROOTS = root; // before anything reads the environment
  admin = await aPerson();
});
afterAll(async () => {
  for (const { name } of await db.service.findMany({ where: { deletedAt: null } })) {
    const { service } = await requestRemoval(name, admin);
    await run(service.id);
  }
  const supervisor = await findSupervisor(await hostPlaceOf(await aLocalTarget()));
  await supervisor?.shutDown();
  await (await queue()).stop({ graceful: false });
  await rm(root, { recursive: true });
});

test("a deploy, a better one, a bad one, and the way back", async () => {
  const { service, ask } = await aDeployable("hello");
  await write("1");
  await changeEnvironment("hello", { set: { GREETING: "first" }, unset: [] }, admin);
  const first = await deploy("hello");
  expect(first).toMatchObject({ state: "succeeded", number: 1, releaseNumber: 1, problem: null });
  expect(first.phases.map(({ status }) => status)).toEqual(Array(5).fill("succeeded").concat("skipped"));
  expect(first.probes).toMatchObject({ failed: 0 });
  expect(await ask()).toEqual({ version: "1", greeting: "first" });

  await write("2");
  await changeEnvironment("hello", { set: { GREETING: "second" }, unset: [] }, admin);
  await withReleaseCommand(service.id, "echo migrated to $GREETING");
  const second = await deploy("hello");
  expect(second).toMatchObject({ state: "succeeded", releaseNumber: 2, releaseCommand: { exitCode: 0 } });
  const { lines } = await readLog(second.id, { limit: 200 });
  expect(lines.map(({ line }) => line[2])).toContain("migrated to second");
  const changes = (await readEvents(second.id, 0)).flatMap(({ event }) =>
    event.type === "release-command" ? [event.run.endedAt !== null] : [],
  );
  expect(changes).toEqual([false, true]);
  expect(await ask()).toEqual({ version: "2", greeting: "second" });

  await write("3", 500);
  await withReleaseCommand(service.id, "echo migrated again");
  const bad = await deploy("hello");
  expect(bad).toMatchObject({ state: "failed", problem: { code: "health-failed" }, serving: { number: 2 } });
  expect(bad.phases.map(({ key, status }) => `${key} ${status}`)).toEqual([
    "validation succeeded",
    "transfer undone",
    "build undone",
    "start undone",
    "verify failed",
    "register pending",
  ]);
  expect(await lastLine(bad.id)).toBe("Release 2 is live.");
  expect(await ask()).toEqual({ version: "2", greeting: "second" });

  const preview = await previewRollback("hello", admin);
  expect(preview).toMatchObject({
    from: { number: 2 },
    to: { number: 1 },
    environment: [{ name: "GREETING", kind: "changed" }],
  });
  // Also of the deployment that failed: it was undone, and what its command changed was not.
  expect(preview.releaseCommands).toMatchObject([
    { deployment: { number: 3 }, releaseNumber: null, run: { exitCode: 0 } },
    { deployment: { number: 2 }, releaseNumber: 2, run: { exitCode: 0 } },
  ]);
  expect(preview.files.changes).toEqual([{ name: "server.mjs", kind: "changed" }]);
  const { id } = await requestRollback({ serviceName: "hello" }, admin);
  await run(service.id);
  const back = await getDeployment(id);
  expect(back).toMatchObject({
    state: "succeeded",
    kind: "rollback",
    number: 4,
    releaseNumber: 1,
    releaseCommand: null,
  });
  expect(back.phases.map(({ status }) => status).slice(0, 3)).toEqual(["succeeded", "skipped", "skipped"]);
  const said = (await readLog(id, { limit: 200 })).lines.map(({ line }) => line[2]);
  expect(said).toContain("After this release a release command ran in #3, #2: what it changed in data stays.");
  expect(await ask()).toEqual({ version: "1", greeting: "first" });
  expect(
    (await listReleases(service.id)).map(({ number, current, restorable, releaseCommand: run }) => {
      return { number, current, restorable, ran: run !== null };
    }),
  ).toEqual([
    { number: 2, current: false, restorable: true, ran: true },
    { number: 1, current: true, restorable: false, ran: false },
  ]);
});

test("a release without /health is proven by its root, and asked there afterwards", async () => {
  const { service, ask } = await aDeployable("plain");
  const choose = (healthPath: string | null) => changeService("plain", { healthPath }, admin);
  expect(await choose(null)).toMatchObject({ healthPath: "/health", healthPathChosen: false });
  await write("1", 404);
  const instead = "/health is not there (404); / answered 200 and is asked instead. Set a health path to choose.";
  const deployed = async () => {
    const { id, state } = await deploy("plain");
    const said = (await readLog(id, { limit: 200 })).lines.map(({ line }) => line[2]);
    return [state, said.filter((line) => line.includes("/health")).length, said.includes(instead)];
  };
  // Asked three times at first. A release after one that was proven by its root moves there at once.
  expect(await deployed()).toEqual(["succeeded", 2, true]);
  expect(await findServiceDetail(service.id)).toMatchObject({ healthPath: "/", healthPathChosen: false });
  expect(await checkServiceHealth("plain", admin)).toMatchObject({ ok: true, path: "/" });
  await write("2", 404);
  expect(await deployed()).toEqual(["succeeded", 2, true]);
  // One that has /health is asked there again, and a rollback restores what proved the first.
  await write("3", 200);
  expect(await deploy("plain")).toMatchObject({ state: "succeeded" });
  expect(await findServiceDetail(service.id)).toMatchObject({ healthPath: "/health", healthPathChosen: false });
  await requestRollback({ serviceName: "plain" }, admin);
  await run(service.id);
  expect([await ask(), await findServiceDetail(service.id)]).toMatchObject([
    { version: "2" },
    { healthPath: "/", healthPathChosen: false },
  ]);
});

test("what a check by hand is answered is its owner's to read, masked, and leads nowhere", async () => {
  const { service, ask } = await aDeployable("checked");
  const ana = await aPerson("member", "ana");
  await db.service.update({ where: { id: service.id }, data: { ownerId: ana.id } });
  const secret = "p4ssw0rd-of-the-database";
  await changeEnvironment("checked", { set: { DATABASE_PASSWORD: secret }, unset: [] }, ana);
  // Healthy until told to be hostile: then it redirects to the metadata address, with its secret cut at the end.
  const elsewhere = "http://169.254.169.254/latest/meta-data/";
  await writeFile(
    join(folder, "server.mjs"),
    `import { createServer } from "node:http";
    let hostile = false;
    createServer((request, response) => {
      if (request.url === "/") hostile = true;
      response.writeHead(hostile && request.url === "/health" ? 302 : 200, { location: "${elsewhere}" });
      const { DATABASE_PASSWORD: secret } = process.env;
      response.end(JSON.stringify({ secret, text: (secret + " ").padEnd(460, "x") + secret }));
    }).listen(process.env.PORT);`,
  );
  expect(await deploy("checked")).toMatchObject({ state: "succeeded" });
  await ask();
  const own = await checkServiceHealth("checked", ana);
  expect(own).toMatchObject({ ok: false, status: 302, path: "/health", port: service.port });
  expect(own.bodyStart).toContain('{"secret":"********"');
  expect(own.bodyStart).not.toContain(secret.slice(0, 10));
  for (const other of [admin, await aPerson("viewer")])
    expect(await checkServiceHealth("checked", other)).toMatchObject({ status: 302, bodyStart: null });
  await expect(checkServiceHealth("checked", await aPerson("member"))).rejects.toMatchObject({ code: "not-found" });
  // The host has lost the address since. Another machine with it is not contacted.
  const { id, spec } = await db.release.findFirstOrThrow({ where: { serviceId: service.id } });
  const lost = { ...(spec as object), settings: { bindAddress: "192.0.2.7" } };
  await db.release.update({ where: { id }, data: { spec: lost } });
  await expect(checkServiceHealth("checked", ana)).rejects.toMatchObject({ code: "settings-invalid" });
});

test("releases say what they are, and any two can be compared line by line", async () => {
  const { service } = await aDeployable("compared");
  await write("1");
  const first = await deploy("compared", { version: "v1.0.0", message: "First one" });
  expect(first).toMatchObject({
    version: "v1.0.0",
    message: "First one",
    digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
  });
  expect((await deploy("compared")).digest).toBe(first.digest);
  await write("2");
  await symlink("server.mjs", join(folder, "link.mjs"));
  const third = await deploy("compared", { version: "v1.1.0" });
  expect(third.digest).not.toBe(first.digest);
  const [newest, , oldest] = await listReleases(service.id);
  expect([newest, oldest]).toMatchObject([
    { version: "v1.1.0", message: null, digest: third.digest },
    { version: "v1.0.0", message: "First one", digest: first.digest },
  ]);
  const ids = { from: oldest?.id ?? "", to: newest?.id ?? "" };
  const { files } = await compareReleases("compared", admin, ids);
  expect(files.changes).toEqual([
    { name: "link.mjs", kind: "added" },
    { name: "server.mjs", kind: "changed" },
  ]);
  const { kind, hunks } = await compareFile("compared", admin, { ...ids, path: "server.mjs" });
  expect(kind).toBe("text");
  expect(hunks.flatMap(({ lines }) => lines.filter(([sign]) => sign !== " "))).toEqual([
    ["-", expect.stringContaining('version: "1"')],
    ["+", expect.stringContaining('version: "2"')],
  ]);
  for (const path of ["../../../../etc/passwd", "/etc/passwd", "link.mjs", "none"])
    await expect(compareFile("compared", admin, { ...ids, path })).rejects.toMatchObject({ code: "not-found" });
  // A service may replace its own file with a link: only the transferred content is shown.
  const place = await hostPlaceOf(await aLocalTarget());
  const file = join(place.base, "compared", "releases", ids.to, "server.mjs");
  await rm(file);
  await symlink("/etc/passwd", file);
  expect(await compareFile("compared", admin, { ...ids, path: "server.mjs" })).toMatchObject({
    kind: "changed-since",
    hunks: [],
  });
  // The label of a deployment is not part of the service's configuration.
  const { id: back } = await requestRollback({ serviceName: "compared", releaseId: ids.from }, admin);
  await run(service.id);
  expect(await getDeployment(back)).toMatchObject({ state: "succeeded", version: "v1.0.0" });
  const stranger = await aPerson("member", "stranger");
  await expect(compareReleases("compared", stranger, ids)).rejects.toMatchObject({ code: "not-found" });
});

test("a build that fails names its command, and nothing of it is left", async () => {
  const { service } = await aDeployable("unbuildable", {
    build: "echo begun; echo 'Error: no such thing' >&2; echo the end; exit 3",
  });
  await write("1");
  const view = await deploy("unbuildable");
  expect(view).toMatchObject({
    state: "failed",
    problem: { code: "build-failed", params: { exitCode: 3 }, detail: "Error: no such thing" },
    serving: null,
  });
  // Logged once, and the problem has its line number.
  const lines = (await readLog(view.id, { limit: 50 })).lines.map(({ n, line }) => [n, line[2]]);
  expect(lines.filter(([, text]) => text === "Error: no such thing")).toEqual([
    [view.problem?.line, "Error: no such thing"],
  ]);
  expect(view.phases.find(({ key }) => key === "build")?.problem).toEqual(view.problem);
  expect(await lastLine(view.id)).toBe("No release is live.");
  const place = await hostPlaceOf(
    (await db.service.findUniqueOrThrow({ where: { id: service.id }, include: { target: true } })).target,
  );
  const left = await allDrivers()[0]?.hasArtifact(
    { ...place, serviceName: "unbuildable" },
    { id: view.releaseId ?? "", artifact: null },
  );
  expect(left).toBe(false);
});

test("a cancel stops its commands and undoes what it began", async () => {
  const { service } = await aDeployable("slow", { build: "sleep 60" });
  await write("1");
  const { id } = await requestDeployment({ service: "slow" }, admin);
  const ended = run(service.id);
  await until(async () =>
    (await getDeployment(id)).phases.some(({ key, status }) => key === "build" && status === "running"),
  );
  await cancelDeployment(id, admin);
  await ended;
  expect(await getDeployment(id)).toMatchObject({ state: "cancelled", problem: { code: "deployment-cancelled" } });
});

test("a worker that stops hands over, and the next one goes on where it was", async () => {
  const { service, ask } = await aDeployable("handed", { build: "sleep 1" });
  await write("1");
  const { id } = await requestDeployment({ service: "handed" }, admin);
  const stopping = new AbortController();
  const first = run(service.id, { handOver: stopping.signal });
  await until(async () =>
    (await getDeployment(id)).phases.some(({ key, status }) => key === "build" && status === "running"),
  );
  stopping.abort();
  await expect(first).rejects.toBeInstanceOf(HandedOver);
  expect((await getDeployment(id)).state).toBe("running");
  await run(service.id, { workerId: "second" });
  const view = await getDeployment(id);
  expect(view).toMatchObject({ state: "succeeded" });
  expect(view.phases.map(({ attempt }) => attempt).slice(0, 3)).toEqual([1, 1, 2]);
  expect(await ask()).toMatchObject({ version: "1" });
});

test("an unchanged source is built once: the next deployment says where, unless a new build is requested", async () => {
  const { ask } = await aDeployable("once", { build: "node -e 'fs.writeFileSync(`made`, crypto.randomUUID())'" });
  await writeFile(join(folder, "server.mjs"), SHOWS_MADE);
  const madeBy = async (options: { rebuild?: boolean } = {}) => {
    const { id, state, phases } = await deploy("once", options);
    const { lines } = await readLog(id, { limit: 200 });
    const said = lines.find(({ line }) => line[2].startsWith("Unchanged"))?.line[2];
    const [fact] = phases.find(({ key }) => key === "build")?.facts ?? [];
    return { state, made: (await ask()).made, fact: fact?.code, said };
  };
  const { made } = await madeBy();
  const usedAgain = { state: "succeeded", made, fact: "built-in", said: "Unchanged since #1: its build is used again" };
  expect([await madeBy(), await madeBy()]).toEqual([usedAgain, usedAgain]);
  expect(await madeBy({ rebuild: true })).toMatchObject({ fact: "built", made: expect.not.stringMatching(made) });
  await changeEnvironment("once", { set: { GREETING: "compiled in" }, unset: [] }, admin);
  expect(await madeBy()).toMatchObject({ state: "succeeded", fact: "built" });
  const { deployment, release } = db;
  const stored = JSON.stringify([await deployment.findMany(), await release.findMany()]);
  expect(stored).not.toContain("compiled in");
});

const SHOWS_MADE = `
  import { readFileSync } from "node:fs";
  import { createServer } from "node:http";
  const made = readFileSync("made", "utf8");
  createServer((_, response) => response.end(JSON.stringify({ made }))).listen(process.env.PORT);`;

test.each([
  ["before its first phase", [], "failed"],
  ["after a phase had begun", ["validation"], "stuck"],
] as const)("a row that nobody can run ends its deployment and its phases, %s", async (_, begun, state) => {
  const { service } = await aDeployable(`broken-${state}`);
  const { id } = await requestDeployment({ service: service.name }, admin);
  await db.deployment.update({ where: { id }, data: { spec: { not: "a specification" } } });
  for (const key of begun) await db.phase.updateMany({ where: { deploymentId: id, key }, data: { status: "running" } });
  await run(service.id);
  const view = await getDeployment(id);
  expect(view).toMatchObject({ state, problem: { code: "internal" }, finishedAt: expect.any(String) });
  expect(view.phases.map(({ status }) => status)).not.toContain("running");
  expect((await readLog(id, { limit: 5 })).lines.map(({ line }) => line[2])).toEqual([
    expect.stringMatching(`unforeseen error \\(ZodError\\).*${id}`),
  ]);
  expect((await readEvents(id, 0)).map(({ event }) => event.type).at(-1)).toBe("state");
  await db.deployment.update({ where: { id }, data: { state: "failed" } });
  // The next deployment of the service is not blocked.
  expect((await requestRemoval(service.name, admin)).position).toBe(1);
  await run(service.id);
});

async function withReleaseCommand(id: string, releaseCommand: string): Promise<void> {
  const { settings } = await db.service.findUniqueOrThrow({ where: { id } });
  await db.service.update({ where: { id }, data: { settings: { ...(settings as object), releaseCommand } } });
}

async function aDeployable(name: string, settings: object = {}) {
  folder = await mkdtemp(join(root, `${name}-`));
  await chmod(folder, 0o755);
  const service = await aService(admin, {
    name,
    path: folder,
    settings: { start: "node server.mjs", install: "none", ...settings },
  });
  await db.service.update({ where: { id: service.id }, data: { health: QUICK } });
  const ask = async () => (await fetch(`http://127.0.0.1:${service.port}/`)).json();
  await aLocalTarget();
  return { service, ask };
}

async function lastLine(deploymentId: string): Promise<string | undefined> {
  return (await readLog(deploymentId, { limit: 200 })).lines.at(-1)?.line[2];
}

function write(version: string, health?: number): Promise<void> {
  return writeFile(join(folder, "server.mjs"), SERVER(version, health));
}

async function deploy(name: string, options: Omit<NewDeployment, "service"> = {}) {
  const { id, service } = await requestDeployment({ service: name, ...options }, admin);
  await run(service.id);
  return getDeployment(id);
}

/** Acts as the worker that gets the turn. */
async function run(serviceId: string, control: Partial<RunControl> = {}): Promise<void> {
  const cancels: (() => void)[] = [];
  const poll = setInterval(async () => {
    const wanted = await db.deployment.count({
      where: { serviceId, state: "running", cancelRequestedAt: { not: null } },
    });
    if (wanted > 0) for (const cancel of cancels) cancel();
  }, 50);
  try {
    const defaults: RunControl = {
      workerId: "first",
      handOver: new AbortController().signal,
      onStart: (_, cancel) => void cancels.push(cancel),
    };
    await runDeployment(serviceId, { ...defaults, ...control });
  } finally {
    clearInterval(poll);
  }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 15_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 20))) {
    if (await holds()) return;
  }
  throw new Error("it did not come true in time");
}
