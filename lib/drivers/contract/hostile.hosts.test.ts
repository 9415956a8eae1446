import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { takeHost } from "@/e2e/hosts/take-host";
import type { DeploymentSpec, DriverKind } from "@/lib/contracts/service";
import { scanTree } from "@/lib/hosts/scan-tree";
import { findBinaries } from "@/lib/platform/db/embedded-binaries";
import { volumeName } from "../docker/names";
import { edgeLayout } from "../edge/edge";
import { probe } from "../probe";
import { LOCK_FILE } from "../process/supervisor/protocol";
import { findSupervisor } from "../process/supervisor-client";
import { driverOf } from "../registry";
import { serviceDirectory } from "../release-layout";
import { journalName, ownUser } from "../systemd/names";
import {
  CLAIM,
  type HostileAnswer,
  refusals,
  SHOUTS,
  type Trespass,
  withoutReasons,
  writeHostileService,
} from "./hostile-service";
import { overSsh } from "./over-ssh";
import { writePythonService } from "./python-service";
import { TestService } from "./test-service";

/**
 * A server with a key of root's, a metadata address one hop away, and a victim and a hostile service of each driver.
 */
const testHost = await takeHost();
const root = await overSsh(testHost);
const host = root.newHost();
const KEY = "/opt/landfall-key";
let base = "";
let roots = "";

const FURNISH = `
umask 077
echo "web: echo stolen" >"$1"
ip netns add cloud
ip link add cloud-out type veth peer name cloud-in netns cloud
ip address add 169.254.169.253/30 dev cloud-out
ip link set cloud-out up
ip -n cloud address add 169.254.169.254/30 dev cloud-in
ip -n cloud address add 168.63.129.16/32 dev cloud-in
ip -n cloud link set cloud-in up
ip route add 168.63.129.16 dev cloud-out
systemd-run --quiet --unit=metadata ip netns exec cloud python3 -m http.server --directory /usr/share/doc 80
for address in 169.254.169.254 168.63.129.16; do
  curl --silent --output /dev/null --retry 50 --retry-delay 1 --retry-connrefused "http://$address/"
done
`;

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
const CLEAR = "systemctl stop metadata; ip netns delete cloud; ip link delete cloud-out; rm -f $1";

beforeAll(async () => {
  base = await root.makeBase();
  roots = await realpath(await mkdtemp(join(tmpdir(), "landfall-sources-")));
  await testHost.script(FURNISH, [KEY]);
  const { postgres } = await findBinaries(undefined);
  await host.putTree(await scanTree(dirname(dirname(postgres))), PROGRAMS, {});
  await startConsole();
});
afterAll(async () => {
  await testHost.script(`{ ${CLEAR_CONSOLE}; } 2>/dev/null || :`, [DATA, PROGRAMS]);
  await testHost.script(`{ ${CLEAR}; } 2>/dev/null || :`, [KEY]);
  await root.closeBase({ host, base });
  await root.close();
  await rm(roots, { recursive: true, force: true });
});

async function aService(
  folder: string,
  spec: Partial<DeploymentSpec> & { driver: DriverKind },
  { name, at = base }: { name?: string; at?: string } = {},
): Promise<TestService> {
  return new TestService({
    ...(name !== undefined && { name }),
    newDriver: () => driverOf(spec.driver),
    newPlace: () => ({ host, base: at }),
    sourceRoots: [roots],
    spec: { source: { kind: "folder", path: join(roots, folder) }, port: await host.freePort(), ...spec },
  });
}

let victims = 0;
async function aVictim(driver: DriverKind): Promise<TestService> {
  victims += 1;
  const name = `victim-${victims}`;
  await mkdir(join(roots, name));
  await writePythonService(join(roots, name), { version: "1" });
  await writeFile(join(roots, name, "Procfile"), "web: python3 service.py\n");
  await writeFile(
    join(roots, name, "Dockerfile"),
    'FROM landfall-test/python\nWORKDIR /app\nCOPY . .\nCMD ["python3", "service.py"]\n',
  );
  const victim = await aService(name, { driver, volumes: [{ name: "data", path: "/var/lib/victim" }] });
  expect((await victim.deploy()).problem).toBeNull();
  return victim;
}

const answerOf = async ({ spec }: TestService, path = "/") =>
  (await fetch(`http://${host.publicHost}:${spec.port}${path}`)).json();
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
 * them; the returning owner has them again. `keep` writes a note into the volume, on the host.
 */
async function expectVolumesToStay(victim: TestService, keep: () => Promise<unknown>, kept: string): Promise<void> {
  await keep();
  expect((await victim.remove()).problem).toBeNull();
  const trespasses: Trespass[] = ["/var/lib/victim/note", kept].map((at) => ({ what: "read", at }));
  const folder = `heir-${victim.spec.driver}`;
  await writeHostileService(join(roots, folder), { trespasses, decoy: KEY, victim: "/nowhere" });
  const { driver, volumes } = victim.spec;
  const settings = driver === "systemd" ? { build: "sh build.sh" } : undefined;
  // The volume name of a name's second owner, as in lib/services/kept-volumes.ts.
  const answerOfHeir = async (scope: string) => {
    const heir = await aService(folder, { driver, ...(settings && { settings }) }, { name: victim.name });
    const own = volumes.map((volume) => ({ ...volume, name: volume.name + scope }));
    expect((await heir.deploy({ spec: { volumes: own } })).problem).toBeNull();
    const { service } = (await answerOf(heir)) as HostileAnswer;
    expect((await heir.remove()).problem).toBeNull();
    return withoutReasons(service);
  };
  expect(await answerOfHeir(".of-5c1d77aa")).toEqual(refusals(trespasses));
  expect(await answerOfHeir("")).toEqual({ ...refusals(trespasses), "read /var/lib/victim/note": "got theirs\n" });
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

test("systemd: a hostile unit and its build get at nothing but their own, and leave nothing", async () => {
  const victim = await aVictim("systemd");
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
  await writeHostileService(join(roots, "hostile-systemd"), { trespasses, decoy: KEY, victim: home, mark });
  const hostile = await aService("hostile-systemd", { driver: "systemd", settings: { build: "sh build.sh" } });
  const attempt = await hostile.deploy();
  expect(attempt.problem).toBeNull();
  const { build, service } = (await answerOf(hostile)) as HostileAnswer;
  expect(withoutReasons(build)).toEqual(refusals(trespasses));
  expect(withoutReasons(service)).toEqual(refusals(trespasses));
  expect(attempt.log.join("\n")).not.toContain("stolen");
  await expectProbesToEnd(hostile);
  await expectOwnLines(hostile, victim);
  // The process that left the build ended with the build's unit, and its user was removed with the service.
  expect(await pidOf("[s]leep 987654")).toBe("0");
  expect((await hostile.remove()).problem).toBeNull();
  await expect(testHost.exec(["id", ownUser(hostile.place)])).rejects.toThrow();
  expect(await answerOf(victim)).toMatchObject({ version: "1" });
  const note = join(home, "volumes", "data", "note");
  await expectVolumesToStay(victim, () => testHost.script('echo theirs >"$1"', [note]), note);
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
  await writeHostileService(join(roots, "hostile-docker"), {
    trespasses: [...trespasses, raw],
    decoy: KEY,
    victim: serviceDirectory(victim.place),
    mark: victim.name,
  });
  // Build arguments whose names mean something to programs: they apply to the build, not to the command that builds.
  const buildArgs = "LD_PRELOAD=/srv/preload.so DOCKER_CONFIG=/srv/docker PATH=/srv";
  const hostile = await aService("hostile-docker", { driver: "docker", settings: { buildArgs } });
  const attempt = await hostile.deploy({ isConfined: true });
  expect(attempt.problem).toBeNull();
  expect(attempt.log.join("\n")).not.toMatch(/ld\.so|preload/);
  const { build, service } = (await answerOf(hostile)) as HostileAnswer;
  expect(withoutReasons(build)).toMatchObject(refusals(trespasses));
  expect(withoutReasons(service)).toEqual(refusals([...trespasses, raw]));
  await expectProbesToEnd(hostile);
  await expectOwnLines(hostile, victim);

  // The containers are running before the next deployment, and so is the cloud's metadata service.
  await testHost.faults.reboot();
  await testHost.script(FURNISH, [KEY]);
  await startConsole();
  await expect.poll(() => answerOf(hostile, "/again").catch(() => null), { timeout: 60_000 }).toBeTruthy();
  expect(withoutReasons((await answerOf(hostile, "/again")).service)).toEqual(refusals([...trespasses, raw]));
  expect((await hostile.remove()).problem).toBeNull();
  expect(await answerOf(victim)).toMatchObject({ version: "1" });
  const volume = `/var/lib/docker/volumes/${volumeName(victim.place, "data")}/_data/note`;
  await expectVolumesToStay(victim, () => testHost.script('echo theirs >"$1"', [volume]), volume);
});

/** This file distinguishes BuildKit from the older builder; the builder inside Docker does the work. */
const BUILDX = `
mkdir -p /usr/local/lib/docker/cli-plugins
cat >/usr/local/lib/docker/cli-plugins/docker-buildx <<'END'
#!/bin/sh
echo '{"SchemaVersion": "0.1.0", "Vendor": "Landfall tests", "Version": "v0.0.0"}'
END
chmod +x /usr/local/lib/docker/cli-plugins/docker-buildx
`;

async function withBuildKit(): Promise<void> {
  onTestFinished(async () => {
    await testHost.script("rm -r /usr/local/lib/docker/cli-plugins");
  });
  await testHost.script(BUILDX);
}

test("docker: a build of the newer builder does not get at the metadata address either", async () => {
  const at = await root.makeBase();
  await withBuildKit();
  const closed = async () =>
    (await testHost.script("iptables -S DOCKER-USER")).match(/-s (?!172\.17\.)\S+ -d 169\.254\.169\.254/g) ?? [];
  const before = await closed();
  const trespasses: Trespass[] = [{ what: "ask", at: "169.254.169.254:80" }];
  await writeHostileService(join(roots, "hostile-buildkit"), { trespasses, decoy: KEY, victim: "/nowhere" });
  const hostile = await aService("hostile-buildkit", { driver: "docker" }, { at });
  const attempt = await hostile.deploy({ isConfined: true });
  expect(attempt.problem).toBeNull();
  expect(attempt.log.join("\n")).toMatch(/^#\d+ \[/m);
  expect(withoutReasons((await answerOf(hostile)).build)).toEqual(refusals(trespasses));
  expect((await hostile.remove()).problem).toBeNull();
  await root.closeBase({ host, base: at });
  // Nothing of the removed network is left.
  expect(await closed()).toEqual(before);
});

const METADATA = "http://169.254.169.254/";
const TRIGGERING = "landfall-test/triggering";

/** Lines that would make Docker itself fetch something, by the reason of the refusal and the line. */
const FETCHES: Record<string, readonly string[]> = {
  "add 2": ["FROM landfall-test/python", `ADD ${METADATA} /stolen`],
  "add 3": ["FROM landfall-test/python", `ARG WHERE=${METADATA}`, "ADD $WHERE /stolen"],
  // The older parser does not know heredocs, and runs their content as instructions.
  "add 4": ["ARG BASE=landfall-test/python", "FROM $BASE", "RUN <<CMD", `ADD ${METADATA} /stolen`, "CMD"],
  "onbuild 2": ["ARG BASE=triggering", "FROM landfall-test/$BASE"],
  "registry 1": ["FROM localhost:5000/acme/web"],
  "frontend 1": ["# syntax=169.254.169.254/x", "FROM landfall-test/python"],
};

test.each(["older", "newer"])(
  "docker: the %s builder fetches nothing for a member from the host's own network",
  async (builder) => {
    const asked = async () =>
      (await testHost.exec(["journalctl", "--unit=metadata", "--output=cat"])).split("GET ").length;
    const build = async (lines: readonly string[], isConfined: boolean) => {
      await writeHostileService(join(roots, folder), { trespasses: [], decoy: KEY, victim: "/nowhere" });
      const rest = ["WORKDIR /app", "ADD . .", "RUN echo {} >build-outcomes.json", 'CMD ["python3", "main.py"]', ""];
      await writeFile(join(roots, folder, "Dockerfile"), [...lines, ...rest].join("\n"));
      return (await aService(folder, { driver: "docker" })).deploy({ isConfined });
    };
    const folder = `fetching-${builder}`;
    const trigger = `printf 'FROM landfall-test/python\nONBUILD ADD ${METADATA} /stolen\n' | docker build --tag "$1" -`;
    await testHost.script(trigger, [TRIGGERING]);
    if (builder === "newer") await withBuildKit();
    const before = await asked();
    for (const [why, lines] of Object.entries(FETCHES)) {
      const { problem } = await build(lines, true);
      expect(problem?.toData(), why).toMatchObject({ code: "dockerfile-refused" });
      expect(`${problem?.params.reason} ${problem?.params.line}`).toBe(why);
    }
    expect(await asked()).toBe(before);
    expect((await build(["ARG BASE=python", "FROM landfall-test/$BASE AS web"], true)).problem).toBeNull();
    // An administrator's build is not refused, and fetches from the address: there was something to protect.
    expect((await build(FETCHES["onbuild 2"] ?? [], false)).problem).toBeNull();
    expect(await asked()).toBeGreaterThan(before);
  },
);

test("process: what a supervisor on a server runs as root's is no more root than on this machine", async () => {
  const victim = await aVictim("systemd");
  const trespasses: Trespass[] = [
    ...EVERYWHERE,
    ...(await ofTheConsole()),
    { what: "list", at: base },
    { what: "list", at: serviceDirectory(victim.place) },
    { what: "read", at: `/proc/${await pidOf("[s]ervice.py")}/environ` },
    { what: "connect", at: join(base, "supervisor.sock") },
    { what: "read", at: join(base, LOCK_FILE) },
    { what: "connect", at: edgeLayout(victim.place).socket },
    { what: "run", at: `journalctl --quiet --lines=1 LANDFALL_SERVICE=${journalName(victim.place)}` },
    { what: "list", at: join(serviceDirectory(victim.place), "volumes", "data") },
    { what: "signal", at: await pidOf("[s]ervice.py") },
    { what: "write", at: "/usr/local/bin/trespass" },
    { what: "raw-socket", at: "" },
  ];
  const mark = journalName(victim.place);
  const options = { trespasses, decoy: KEY, victim: serviceDirectory(victim.place), mark };
  await writeHostileService(join(roots, "hostile-process"), options);
  const hostile = await aService("hostile-process", { driver: "process", settings: { build: "sh build.sh" } });
  const attempt = await hostile.deploy();
  expect(attempt.problem).toBeNull();
  const { build, service } = (await answerOf(hostile)) as HostileAnswer;
  expect(withoutReasons(build)).toEqual(refusals(trespasses));
  expect(withoutReasons(service)).toEqual(refusals(trespasses));
  expect(attempt.log.join("\n")).not.toContain("stolen");
  await expectProbesToEnd(hostile);
  await expectOwnLines(hostile, victim);
  expect((await hostile.remove()).problem).toBeNull();
  expect(await pidOf("[s]leep 987654")).toBe("0");
  await (await findSupervisor({ host, base }))?.shutDown();
});
