import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { containerOf } from "@/e2e/hosts/fleet";
import { runCommand } from "@/e2e/hosts/run-command.mjs";
import { takeHost } from "@/e2e/hosts/take-host";
import type { DriverKind } from "@/lib/contracts/service";
import { findBinaries } from "@/lib/platform/db/embedded-binaries";
import { volumeName } from "../docker/names";
import { edgeLayout } from "../edge/edge";
import { probe } from "../probe";
import { LOCK_FILE } from "../process/supervisor/protocol";
import { findSupervisor } from "../process/supervisor-client";
import { driverOf } from "../registry";
import { serviceDirectory } from "../release-layout";
import { journalName, ownUser } from "../systemd/names";
import { AttackedServer, KEY } from "./attacked-server";
import {
  CLAIM,
  commandOutcomes,
  type HostileAnswer,
  mayNameItsBase,
  RELEASE_COMMAND,
  refusals,
  SHOUTS,
  type Trespass,
  withoutReasons,
  writeHostileService,
} from "./hostile-service";
import { writePythonService } from "./python-service";
import type { TestService } from "./test-service";

/** A victim and a hostile service of each driver. */
const testHost = await takeHost();
const server = await AttackedServer.on(testHost);
const { host } = server;

/**
 * As if the console ran on the machine that it deploys to: its data directory and key, its web and worker processes
 * with the key in their environment, and its database. $2 has the programs of Postgres.
 */
const CONSOLE = `
umask 077
install -d -m 0711 "$1"
echo secret >"$1/secret.key"
echo LANDFALL_SECRET_KEY=secret >"$1/environment"
for name in web worker; do
  systemd-run --quiet --unit="console-$name" --property="EnvironmentFile=$1/environment" sleep 987653
done
chmod -R go+rX "$2"
id postgres >/dev/null 2>&1 || useradd --system --no-create-home postgres
if [ ! -d "$1/postgres" ]; then
  install -d -m 0700 -o postgres "$1/postgres" "$1/postgres/server"
  echo password >"$1/postgres/cluster.json"
  chown postgres "$1/postgres/cluster.json"
  runuser -u postgres -- "$2/bin/initdb" --auth=scram-sha-256 --pwfile="$1/postgres/cluster.json" --locale=C "$1/postgres/server" >/dev/null
fi
systemd-run --quiet --unit=console-database --uid=postgres "$2/bin/postgres" -D "$1/postgres/server" \\
  -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c port="$3"
for try in $(seq 100); do (exec 3<>"/dev/tcp/127.0.0.1/$3") 2>/dev/null && break || sleep 0.2; done
(exec 3<>"/dev/tcp/127.0.0.1/$3")
`;
const DATA = "/var/lib/landfall-console";
const PROGRAMS = "/opt/landfall-postgres";
const DATABASE_PORT = 5_499;

const startConsole = () => testHost.script(CONSOLE, [DATA, PROGRAMS, String(DATABASE_PORT)]);

/** The console's resources that an attacker would want. */
async function ofTheConsole(): Promise<Trespass[]> {
  const pids = await Promise.all(
    ["web", "worker"].map((name) =>
      testHost.exec(["systemctl", "show", "--property=MainPID", "--value", `console-${name}`]),
    ),
  );
  return [
    { what: "list", at: DATA },
    { what: "read", at: join(DATA, "secret.key") },
    { what: "read", at: join(DATA, "postgres", "cluster.json") },
    { what: "list", at: join(DATA, "postgres", "server") },
    { what: "sign-in", at: `127.0.0.1:${DATABASE_PORT}` },
    // The machine as seen from a container.
    { what: "sign-in", at: `172.17.0.1:${DATABASE_PORT}` },
    ...pids.map((pid): Trespass => ({ what: "read", at: `/proc/${pid.trim()}/environ` })),
    ...pids.map((pid): Trespass => ({ what: "signal", at: pid.trim() })),
  ];
}

const CLEAR_CONSOLE = "systemctl stop console-web console-worker console-database; rm -rf $1 $2";

/** The programs of this machine's Postgres. */
async function bringPostgres(): Promise<void> {
  const { postgres } = await findBinaries(undefined);
  const script =
    'tar -C "$1" -c . | docker exec --interactive "$2" sh -c "mkdir -p $3 && tar -C $3 --no-same-owner -x"';
  const args = [dirname(dirname(postgres)), containerOf(testHost.name), PROGRAMS];
  await runCommand(["sh", "-c", script, "sh", ...args]);
}

beforeAll(async () => {
  await server.open();
  await bringPostgres();
  await startConsole();
});
afterAll(async () => {
  await testHost.script(`{ ${CLEAR_CONSOLE}; } 2>/dev/null || :`, [DATA, PROGRAMS]);
  await server.close();
});

let victims = 0;
async function aVictim(driver: DriverKind): Promise<TestService> {
  victims += 1;
  const name = `victim-${victims}`;
  await mkdir(join(server.roots, name));
  await writePythonService(join(server.roots, name), { version: "1" });
  await writeFile(join(server.roots, name, "Procfile"), "web: python3 service.py\n");
  await writeFile(
    join(server.roots, name, "Dockerfile"),
    'FROM landfall-test/python\nWORKDIR /app\nCOPY . .\nCMD ["python3", "service.py"]\n',
  );
  const victim = await server.aService(name, { driver, volumes: [{ name: "data", path: "/var/lib/victim" }] });
  expect((await victim.deploy()).problem).toBeNull();
  return victim;
}

/** The newest process whose command line matches; a character class keeps the pattern from matching itself. */
const pidOf = async (unitOrName: string) =>
  (await testHost.exec(["sh", "-c", `pgrep -f -n -- "$1" || echo 0`, "sh", unitOrName])).trim();

/** The service's answers to probes, which follow nothing, wait for nothing, and do not read to the end. */
async function expectProbesToEnd({ spec }: TestService): Promise<void> {
  const ask = (path: string) =>
    probe(host, { address: { port: spec.port }, path, timeoutMs: 2_000, signal: AbortSignal.timeout(60_000) });
  const [elsewhere, other, endless, drip] = await Promise.all(
    ["/elsewhere", "/another-protocol", "/endless", "/drip"].map(ask),
  );
  expect(elsewhere).toMatchObject({ ok: false, status: 302, location: "http://169.254.169.254/" });
  // A proxy in between may change it at will; it is an answer, or none.
  expect(other?.ms).toBeLessThan(10_000);
  expect(endless?.body).toHaveLength(512);
  expect(drip).toMatchObject({ ok: false });
}

async function linesOf({ spec, place }: TestService, tail = 100): Promise<string[]> {
  const options = { tail, follow: false, signal: AbortSignal.timeout(30_000) };
  const pieces = await Array.fromAsync(driverOf(spec.driver).logs(place, options));
  return pieces.map(({ text }) => text);
}

/** Lines that are hard to display arrive in pieces, and a line written under another service's name is not accepted. */
async function expectOwnLines(hostile: TestService, victim: TestService): Promise<void> {
  // The output of its own unit is its own, whatever it contains.
  const lines = (await linesOf(hostile, 2_000)).filter((line) => line !== CLAIM);
  expect(lines).toEqual(expect.arrayContaining([SHOUTS.start, SHOUTS.end]));
  const shouted = lines.slice(lines.indexOf(SHOUTS.start) + 1, lines.indexOf(SHOUTS.end)).join("");
  expect(shouted).toContain("\u001b[2J");
  expect(shouted.match(/x/g)?.length).toBe(SHOUTS.hugeBytes);
  const others = await linesOf(victim, 20);
  expect(others).toContain("started 1");
  expect(others.join("\n")).not.toContain(CLAIM);
}

/**
 * Another owner's service of the same name gets volumes of its own, sees nothing of the old ones, and removes none of
 * them. `kept` is a note in the victim's volume, on the host.
 */
async function expectVolumesToStay(victim: TestService, kept: string): Promise<void> {
  await testHost.script('echo theirs >"$1"', [kept]);
  expect((await victim.remove()).problem).toBeNull();
  const trespasses: Trespass[] = ["/var/lib/victim/note", kept].map((at) => ({ what: "read", at }));
  const { driver, volumes } = victim.spec;
  const folder = `heir-${driver}`;
  await writeHostileService(join(server.roots, folder), { trespasses, decoy: KEY, victim: "/nowhere" });
  const settings = driver === "systemd" ? { build: "sh build.sh" } : undefined;
  const heir = await server.aService(folder, { driver, ...(settings && { settings }) }, { name: victim.name });
  // The volume name of a name's second owner, as in lib/services/kept-volumes.ts.
  const own = volumes.map((volume) => ({ ...volume, name: `${volume.name}.of-5c1d77aa` }));
  expect((await heir.deploy({ spec: { volumes: own } })).problem).toBeNull();
  const { service } = (await server.answerOf(heir)) as HostileAnswer;
  expect(withoutReasons(service)).toEqual(refusals(trespasses));
  expect((await heir.remove()).problem).toBeNull();
  expect(await testHost.exec(["cat", kept])).toBe("theirs\n");
}

const EVERYWHERE: Trespass[] = [
  { what: "read", at: KEY },
  { what: "read", at: "/root/.ssh/authorized_keys" },
  { what: "connect", at: "/run/docker.sock" },
  { what: "connect", at: "/var/run/docker.sock" },
  { what: "ask", at: "169.254.169.254:80" },
  { what: "ask", at: "168.63.129.16:80" },
  // Caddy's default admin address, which accepts commands unless it is changed.
  { what: "ask", at: "127.0.0.1:2019" },
  { what: "run", at: "journalctl --quiet --lines=1 --output=cat _PID=1" },
];

/** Of the process driver's attacker and the systemd driver's. */
let victim: TestService;
beforeAll(async () => {
  victim = await aVictim("systemd");
});

/**
 * Deploys the service: its build, its release command and its process are refused every trespass, and its log has lines of
 * its own only.
 */
async function expectRefusals(hostile: TestService, trespasses: Trespass[]): Promise<void> {
  const attempt = await hostile.deploy();
  expect(attempt.problem).toBeNull();
  const { build, service } = (await server.answerOf(hostile)) as HostileAnswer;
  expect(withoutReasons(build)).toEqual(refusals(trespasses));
  expect(withoutReasons(service)).toEqual(refusals(trespasses));
  expect(withoutReasons(commandOutcomes(attempt.log))).toEqual(refusals(trespasses));
  expect(attempt.log.join("\n")).not.toContain("stolen");
  await expectProbesToEnd(hostile);
  await expectOwnLines(hostile, victim);
}

test("process: what a supervisor on a server runs as root's is no more root than on this machine", async () => {
  const trespasses: Trespass[] = [
    ...EVERYWHERE,
    ...(await ofTheConsole()),
    { what: "list", at: server.base },
    { what: "list", at: serviceDirectory(victim.place) },
    { what: "read", at: `/proc/${await pidOf("[s]ervice.py")}/environ` },
    { what: "connect", at: join(server.base, "supervisor.sock") },
    { what: "read", at: join(server.base, LOCK_FILE) },
    { what: "connect", at: edgeLayout(victim.place).socket },
    { what: "run", at: `journalctl --quiet --lines=1 LANDFALL_SERVICE=${journalName(victim.place)}` },
    { what: "list", at: join(serviceDirectory(victim.place), "volumes", "data") },
    { what: "signal", at: await pidOf("[s]ervice.py") },
    { what: "write", at: "/usr/local/bin/trespass" },
    { what: "raw-socket", at: "" },
  ];
  const mark = journalName(victim.place);
  const options = { trespasses, decoy: KEY, victim: serviceDirectory(victim.place), mark };
  await writeHostileService(join(server.roots, "hostile-process"), options);
  const settings = { build: "sh build.sh", releaseCommand: RELEASE_COMMAND };
  const hostile = await server.aService("hostile-process", { driver: "process", settings });
  await expectRefusals(hostile, trespasses);
  expect((await hostile.remove()).problem).toBeNull();
  expect(await pidOf("[s]leep 987654")).toBe("0");
  await (await findSupervisor(server))?.shutDown();
});

test("systemd: a hostile unit and its build get at nothing but their own, and leave nothing", async () => {
  const home = serviceDirectory(victim.place);
  const release = join(home, "releases", victim.current?.id ?? "");
  const trespasses: Trespass[] = [
    ...EVERYWHERE,
    ...(await ofTheConsole()),
    { what: "read", at: `/proc/1/environ` },
    { what: "read", at: `/proc/${await pidOf("[s]ervice.py")}/environ` },
    { what: "signal", at: await pidOf("[s]ervice.py") },
    { what: "list", at: home },
    { what: "list", at: release },
    { what: "write", at: join(release, "service.py") },
    { what: "list", at: join(home, "volumes", "data") },
    { what: "read", at: join(home, "environment", `${victim.current?.id}.env`) },
    { what: "write", at: "/etc/systemd/system/trespass.service" },
    { what: "write", at: "/usr/local/bin/trespass" },
    { what: "run", at: `journalctl --quiet --lines=1 LANDFALL_SERVICE=${journalName(victim.place)}` },
    { what: "connect", at: edgeLayout(victim.place).socket },
    { what: "raw-socket", at: "" },
  ];
  const mark = journalName(victim.place);
  await writeHostileService(join(server.roots, "hostile-systemd"), { trespasses, decoy: KEY, victim: home, mark });
  const settings = { build: "sh build.sh", releaseCommand: RELEASE_COMMAND };
  const hostile = await server.aService("hostile-systemd", { driver: "systemd", settings });
  await expectRefusals(hostile, trespasses);
  // The process that left the build ended with the build's unit, and its user was removed with the service.
  expect(await pidOf("[s]leep 987654")).toBe("0");
  expect((await hostile.remove()).problem).toBeNull();
  await expect(testHost.exec(["id", ownUser(hostile.place)])).rejects.toThrow();
  expect(await server.answerOf(victim)).toMatchObject({ version: "1" });
  await expectVolumesToStay(victim, join(home, "volumes", "data", "note"));
});

test("docker: a hostile container and its build get at nothing but their own, and leave nothing", async () => {
  const victim = await aVictim("docker");
  const trespasses: Trespass[] = [
    ...EVERYWHERE,
    ...(await ofTheConsole()),
    { what: "list", at: serviceDirectory(victim.place) },
    { what: "list", at: `/var/lib/docker/volumes/${volumeName(victim.place, "data")}/_data` },
    { what: "list", at: "/var/lib/victim" },
    { what: "connect", at: edgeLayout(victim.place).socket },
    { what: "read", at: "/proc/sysrq-trigger" },
    { what: "write", at: "/proc/sys/kernel/core_pattern" },
  ];
  const raw: Trespass = { what: "raw-socket", at: "" };
  await writeHostileService(join(server.roots, "hostile-docker"), {
    trespasses: [...trespasses, raw],
    decoy: KEY,
    victim: serviceDirectory(victim.place),
    mark: victim.name,
  });
  // Build arguments whose names mean something to programs: they apply to the build, not to the command that builds.
  const buildArgs = "LD_PRELOAD=/srv/preload.so DOCKER_CONFIG=/srv/docker PATH=/srv";
  await mayNameItsBase(join(server.roots, "hostile-docker"));
  const settings = { buildArgs, releaseCommand: RELEASE_COMMAND };
  const hostile = await server.aService("hostile-docker", { driver: "docker", settings });
  const attempt = await hostile.deploy({ isConfined: true });
  expect(attempt.problem).toBeNull();
  expect(attempt.log.join("\n")).not.toMatch(/ld\.so|preload/);
  const { build, service } = (await server.answerOf(hostile)) as HostileAnswer;
  expect(withoutReasons(build)).toMatchObject(refusals(trespasses));
  expect(withoutReasons(service)).toEqual(refusals([...trespasses, raw]));
  expect(withoutReasons(commandOutcomes(attempt.log))).toEqual(refusals([...trespasses, raw]));
  await expectProbesToEnd(hostile);
  await expectOwnLines(hostile, victim);

  // The containers are running before the next deployment, and so is the cloud's metadata service.
  await testHost.faults.reboot();
  await server.furnish();
  await startConsole();
  await expect.poll(() => server.answerOf(hostile, "/again").catch(() => null), { timeout: 60_000 }).toBeTruthy();
  expect(withoutReasons((await server.answerOf(hostile, "/again")).service)).toEqual(refusals([...trespasses, raw]));
  expect((await hostile.remove()).problem).toBeNull();
  expect(await server.answerOf(victim)).toMatchObject({ version: "1" });
  await expectVolumesToStay(victim, `/var/lib/docker/volumes/${volumeName(victim.place, "data")}/_data/note`);
});
