import { spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  commandOutcomes,
  type HostileAnswer,
  RELEASE_COMMAND,
  refusals,
  type Trespass,
  withoutReasons,
  writeHostileService,
} from "@/lib/drivers/contract/hostile-service";
import { TestService } from "@/lib/drivers/contract/test-service";
import { processCage } from "@/lib/drivers/process/cage";
import { createProcessDriver } from "@/lib/drivers/process/driver";
import { inCage } from "@/lib/drivers/process/supervisor/cage";
import { ADDRESS_FILE, LOCK_FILE, STATE_FILE } from "@/lib/drivers/process/supervisor/protocol";
import { findSupervisor } from "@/lib/drivers/process/supervisor-client";
import { LocalHost } from "@/lib/hosts/local-host";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "@/lib/platform/db/embedded-postgres";

/** This machine as in an installation: its data directory, its database, its processes, and another owner's service. */
const isRoot = process.getuid?.() === 0;
const host = new LocalHost({ publicHost: "127.0.0.1" });
let data: string;
let base: string;
let sources: string;
let database: EmbeddedPostgres;
let worker: ReturnType<typeof spawn>;

beforeAll(async () => {
  data = await realpath(await mkdtemp(join(tmpdir(), "landfall-hostile-")));
  base = join(data, "services");
  sources = join(data, "sources");
  await chmod(data, 0o711);
  await mkdir(sources, { mode: 0o700 });
  await writeFile(join(data, "secret.key"), "the installation's key", { mode: 0o600 });
  await writeFile(join(data, "decoy"), "web: echo stolen\n", { mode: 0o600 });
  database = await startEmbeddedPostgres({ directory: join(data, "postgres"), database: "landfall", durable: false });
  worker = spawn("sleep", ["987654"], { env: { LANDFALL_SECRET_KEY: "the installation's key" } as never });
});
afterAll(async () => {
  worker?.kill("SIGKILL");
  await (await findSupervisor({ host, base }))?.shutDown();
  await database?.stop();
  await rm(data, { recursive: true, force: true });
});

async function aService(name: string, settings = {}): Promise<TestService> {
  return new TestService({
    newDriver: createProcessDriver,
    newPlace: () => ({ host, base }),
    sourceRoots: [sources],
    spec: {
      driver: "process",
      source: { kind: "folder", path: join(sources, name) },
      port: await host.freePort(),
      settings,
    },
  });
}

async function aVictim(): Promise<TestService> {
  await mkdir(join(sources, "victim"));
  await writeFile(
    join(sources, "victim", "server.js"),
    'require("node:http").createServer((_, answer) => answer.end("well")).listen(process.env.PORT, "127.0.0.1")',
  );
  const victim = await aService("victim", { start: "node server.js" });
  expect((await victim.deploy()).problem).toBeNull();
  return victim;
}

const answerOf = async ({ spec }: TestService) => (await fetch(`http://127.0.0.1:${spec.port}/`)).text();
const ownerOf = async (path: string) => (await stat(path)).uid;

/** The running processes with the permissions of this user. */
async function processesOf(user: number): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const status = (pid: string) => readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const all = await Promise.all(pids.map(async (pid) => ({ pid, text: await status(pid) })));
  return all
    .filter(({ text }) => new RegExp(`^Uid:\\t${user}\\b`, "m").test(text) && !/^State:\tZ/m.test(text))
    .map(({ pid }) => pid);
}

test("a hostile service, its build and its release command get at nothing but their own, and leave nothing", {
  timeout: 120_000,
}, async () => {
  const victim = await aVictim();
  const home = join(base, victim.name);
  const release = join(home, "releases", victim.current?.id ?? "");
  const supervisor = await findSupervisor({ host, base });
  const victimPid = (await supervisor?.service(victim.name))?.releases[0]?.pid;
  const { socket } = JSON.parse(await readFile(join(base, ADDRESS_FILE), "utf8")) as { socket: string };
  const { port } = new URL(database.url);
  const hostile = await aService("hostile", { build: "sh build.sh", releaseCommand: RELEASE_COMMAND });
  const trespasses: Trespass[] = [
    { what: "list", at: data },
    { what: "read", at: join(data, "secret.key") },
    { what: "read", at: join(data, "decoy") },
    { what: "read", at: join(data, "postgres", "cluster.json") },
    { what: "list", at: join(data, "postgres", "server") },
    { what: "sign-in", at: `127.0.0.1:${port}` },
    { what: "read", at: `/proc/${worker.pid}/environ` },
    { what: "read", at: `/proc/${process.pid}/environ` },
    { what: "read", at: `/proc/${victimPid}/environ` },
    { what: "signal", at: String(victimPid) },
    { what: "list", at: base },
    { what: "list", at: home },
    { what: "list", at: release },
    { what: "read", at: join(release, "server.js") },
    { what: "write", at: join(release, "server.js") },
    { what: "read", at: join(home, "environment", `${victim.current?.id}.json`) },
    { what: "list", at: join(home, "home") },
    { what: "read", at: join(home, "log", "output.log") },
    { what: "connect", at: socket },
    { what: "read", at: join(base, STATE_FILE) },
    // A process that opens it could hold the supervisor's lock.
    { what: "read", at: join(base, LOCK_FILE) },
    // Caddy's default admin address.
    { what: "ask", at: "127.0.0.1:2019" },
    { what: "connect", at: "/run/docker.sock" },
    { what: "connect", at: "/var/run/docker.sock" },
    { what: "ask", at: "169.254.169.254:80" },
    { what: "write", at: "/etc/landfall-trespass" },
    // Its own release command's output.
    { what: "list", at: join(base, hostile.name, "commands") },
  ];
  await writeHostileService(join(sources, "hostile"), { trespasses, decoy: join(data, "decoy"), victim: home });
  const attempt = await hostile.deploy();

  if (!isRoot) return; // then only administrators' services run here: lib/contracts/grants.test.ts
  expect(attempt.problem).toBeNull();
  const { build, service } = JSON.parse(await answerOf(hostile)) as HostileAnswer;
  expect(withoutReasons(build)).toEqual(refusals(trespasses));
  expect(withoutReasons(service)).toEqual(refusals(trespasses));
  expect(withoutReasons(commandOutcomes(attempt.log))).toEqual(refusals(trespasses));
  expect(attempt.log.join("\n")).not.toContain("stolen");

  const own = join(base, hostile.name);
  const user = await ownerOf(join(own, "home"));
  expect(user).toBeGreaterThanOrEqual(50_000);
  expect(user).not.toBe(await ownerOf(join(home, "home")));
  expect((await stat(own)).mode & 0o7777).toBe(0o710);
  expect((await stat(join(own, "releases", attempt.releaseId))).mode & 0o7777).toBe(0o700);
  expect((await processesOf(user)).length).toBeGreaterThan(1);

  expect((await hostile.remove()).problem).toBeNull();
  expect(await processesOf(user)).toEqual([]);
  await expect(stat(own)).rejects.toMatchObject({ code: "ENOENT" });
  expect(await answerOf(victim)).toBe("well");
  expect(await readdir(release)).toEqual(["server.js"]);
});

const WHO = 'echo "$(id -u) $(id -G) $(umask) $(sed -n "s/^NoNewPrivs:[[:space:]]*//p" /proc/self/status)"';

async function whoIs(serviceName: string, at = base): Promise<string> {
  const directory = join(at, serviceName, "releases", "r1");
  await mkdir(directory, { recursive: true });
  const args = inCage({ base: at, serviceName }, directory, ["/bin/sh", "-c", WHO]);
  return (await host.run({ args, cwd: directory })).stdout.trim();
}

test("each service has one user, in no group and without new privileges, however often and at once it is entered", async () => {
  if (!isRoot) return expect(await whoIs("one")).toContain(String(process.getuid?.()));
  const all = await Promise.all(["one", "two", "one", "three", "two", "one"].map((name) => whoIs(name)));
  const users = all.map((line) => Number(line.split(" ")[0]));
  expect(new Set(users).size).toBe(3);
  expect(users[0]).toBe(users[2]);
  expect(users[1]).toBe(users[4]);
  for (const [at, line] of all.entries()) expect(line).toBe(`${users[at]} ${users[at]} 0077 1`);
  // A removed service's number is not reused; the next service of its name gets another one.
  await host.remove(join(base, "one"));
  expect(users).not.toContain(Number((await whoIs("one")).split(" ")[0]));
});

test("a base directory that services cannot get to stands behind a link", async () => {
  const closed = join(data, "closed");
  await mkdir(closed, { mode: 0o700 });
  await mkdir(join(data, "outside"), { mode: 0o711 });
  await symlink(join(data, "outside"), join(closed, "services"));
  const users = await whoIs("linked", join(closed, "services"));
  expect(users.split(" ")[0]).toBe(
    String(await ownerOf(join(data, "outside", "linked", isRoot ? "home" : "releases"))),
  );
});

test("tools are looked for as services would find them", async () => {
  const closed = join(data, "tools");
  await mkdir(closed, { mode: 0o700 });
  await writeFile(join(closed, "only-for-root"), "#!/bin/sh\n", { mode: 0o755 });
  const look = processCage.nobody(["/bin/sh", "-c", "command -v only-for-root"]);
  const { exitCode } = await host.run({ args: look, env: { PATH: `${closed}:/usr/bin:/bin` } });
  expect(exitCode).toBe(isRoot ? 127 : 0);
});
