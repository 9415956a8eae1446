import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { takeHost } from "@/e2e/hosts/take-host";
import { Problem } from "@/lib/contracts/problem";
import type { DeploymentSpec } from "@/lib/contracts/service";
import { quote } from "@/lib/hosts/command";
import { overSsh } from "../contract/over-ssh";
import { writePythonService, writeWheelService } from "../contract/python-service";
import { TestService } from "../contract/test-service";
import { serviceDirectory } from "../release-layout";
import { systemdDriver } from "./driver";
import { journalName, ownUser, unitPattern } from "./names";
import { systemdRunner } from "./runner";

/** Behaviour of the systemd driver alone, on a real server. */
const testHost = await takeHost();
const root = await overSsh(testHost);
const host = root.newHost();
let base = "";
let roots = "";

beforeAll(async () => {
  base = await root.makeBase();
  roots = await realpath(await mkdtemp(join(tmpdir(), "landfall-sources-")));
});
afterAll(async () => {
  await root.closeBase({ host, base });
  await root.close();
  await rm(roots, { recursive: true, force: true });
});

let count = 0;
const PYTHON = { start: "python3 service.py" };

/** A service with the Python program, or with the files that `write` creates. */
async function aService(
  spec: Partial<DeploymentSpec> = {},
  write: (folder: string) => Promise<void> = (folder) => writePythonService(folder, { version: "1" }),
): Promise<TestService> {
  count += 1;
  const path = join(roots, String(count));
  await mkdir(path);
  await write(path);
  return new TestService({
    newDriver: () => systemdDriver,
    newPlace: () => ({ host, base }),
    sourceRoots: [roots],
    spec: {
      driver: "systemd",
      source: { kind: "folder", path },
      port: await host.freePort(),
      settings: PYTHON,
      ...spec,
    },
  });
}

async function deployed(service: TestService): Promise<void> {
  expect((await service.deploy()).problem).toBeNull();
}

async function ask(service: TestService, path = "/"): Promise<{ environment: Record<string, string> }> {
  const answer = await fetch(`http://${host.publicHost}:${service.spec.port}${path}`);
  return (await answer.json()) as { environment: Record<string, string> };
}

const onHost = async (...args: [string, ...string[]]) => (await testHost.exec(args)).trim();
const unitsOf = (service: TestService) =>
  onHost("sh", "-c", `cd /etc/systemd/system && ls -d ${unitPattern({ base }, service.name)} 2>/dev/null || :`);

test("a unit that systemd does not take whole is refused with what it says, before it is started", async () => {
  const service = await aService({ volumes: [{ name: "data", path: "/srv/../data" }] });
  const { problem, failedIn, stuck } = await service.deploy();
  expect(problem).toMatchObject({ code: "unit-invalid", detail: expect.stringContaining("not normalized") as string });
  expect([failedIn, stuck]).toEqual(["start", []]);
  expect(await unitsOf(service)).toBe("");
});

test("a unit that fails to start says why, and leaves nothing", async () => {
  await onHost("touch", "/srv/file");
  const service = await aService({ volumes: [{ name: "data", path: "/srv/file/below" }] });
  const { problem, failedIn, stuck } = await service.deploy();
  expect(problem).toMatchObject({ code: "start-failed", detail: expect.stringContaining("NAMESPACE") as string });
  expect([failedIn, stuck]).toEqual(["start", []]);
  expect(await unitsOf(service)).toBe("");
  expect(await onHost("systemctl", "list-units", "--failed", "--plain", "--no-legend", "landfall-*")).toBe("");
});

test.each<[string, Partial<DeploymentSpec>, string]>([
  ["a user who is not on the host", { settings: { ...PYTHON, user: "nobody-here" } }, "user"],
  ["a volume over everything", { volumes: [{ name: "data", path: "/" }] }, "volumes.0.path"],
  [
    "a volume where the host's own programs look",
    { volumes: [{ name: "data", path: "/run/nologin" }] },
    "volumes.0.path",
  ],
  ["a volume at a path with a line end", { volumes: [{ name: "data", path: "/a\nb" }] }, "volumes.0.path"],
])("%s is refused before anything is touched", async (_, spec, field) => {
  const service = await aService(spec);
  const { problem, failedIn } = await service.deploy();
  expect([problem?.code, problem?.params, failedIn]).toEqual(["settings-invalid", { field }, "validation"]);
});

test("a value that systemd cannot pass on is refused with its name", async () => {
  const service = await aService();
  const { problem } = await service.deploy({ environment: { GOOD: "x", ODD: "a\ufffeb" } });
  expect(problem).toMatchObject({ code: "settings-invalid", params: { field: "environment.ODD" } });
  const long = await service.deploy({ environment: { LONG: "é".repeat(65_536) } });
  expect(long.problem).toMatchObject({ code: "settings-invalid", params: { field: "environment.LONG" } });
});

test("a start command is what its author typed, with every odd character", async () => {
  const odd = `${String.fromCharCode(...Array.from({ length: 95 }, (_, index) => index + 32))}\n\t\\n%n%%$$ \${X} $(id) ünï日本😀`;
  const start = `# odd\nexport ODD=${quote([odd])} WHERE="$PWD"\ntrue && exec python3 service.py`;
  const service = await aService({ settings: { start } });
  await deployed(service);
  const { environment } = await ask(service);
  expect(environment.ODD).toBe(odd);
  expect(environment.WHERE).toBe(environment.HOME);
});

test("it runs as a user of its own, writes where it lives, and sees no other service", async () => {
  await deployed(await aService());
  const start = `touch written && export WHO=$(id -un) SEEN="$(ls -A ${base})" OUTSIDE="$(touch /usr/x /etc/x 2>&1)"
    export HOMES="$(ls -A /root /home)" OTHERS="$(ls /proc | grep -c '^1$')"; exec python3 service.py`;
  const service = await aService({ settings: { start } });
  await deployed(service);
  const { environment } = await ask(service);
  expect(environment.WHO).toBe(ownUser(service.place));
  expect(environment.SEEN).toBe(service.name);
  expect(environment.OUTSIDE).toMatch(/Read-only.*\n.*Read-only/);
  expect(environment.HOMES).toBe("/home:\n\n/root:");
  expect(environment.OTHERS).toBe("0");
  expect(await onHost("stat", "-c", "%a %U", join(serviceDirectory(service.place), "environment"))).toBe("700 root");
  await service.remove();
  expect(await onHost("sh", "-c", `getent passwd ${ownUser(service.place)} || echo gone`)).toBe("gone");
});

test("it runs as the user that is asked for, who stays", async () => {
  const service = await aService({ settings: { user: "deploy", start: "WHO=$(id -un) exec python3 service.py" } });
  await deployed(service);
  expect((await ask(service)).environment).toMatchObject({ WHO: "deploy", HOME: "/home/deploy" });
  await service.remove();
  expect(await onHost("id", "-un", "deploy")).toBe("deploy");
});

test("limits are kept", async () => {
  const settings = { memoryMb: 64, cpus: 0.5, start: `python3 -c "bytearray(300 << 20); input()"` };
  const service = await aService({ settings });
  const { problem, log } = await service.deploy();
  expect(problem?.code).toBe("out-of-memory");
  const good = await aService({ settings: { ...PYTHON, memoryMb: 64, cpus: 0.5 } });
  const attempt = await good.deploy();
  expect(attempt.problem).toBeNull();
  expect([...log, ...attempt.log]).toEqual(
    expect.arrayContaining(["the memory limit is kept by systemd", "the cpu limit is kept by systemd"]),
  );
});

test("one that is stopped may end what it does, also behind a shell", async () => {
  const start = 'python3 service.py; echo "ended with $?"';
  const service = await aService({ settings: { start: `trap : TERM; ${start}` } });
  await deployed(service);
  await deployed(service);
  const [, older] = service.releases;
  await expect
    .poll(() => systemdRunner.lastOutput(service.place, String(older?.id), 10))
    .toEqual(["started 1", "ended with 0"]);
});

test("one that is killed is started again", async () => {
  const service = await aService();
  await deployed(service);
  const [unit] = (await unitsOf(service)).split("\n");
  await onHost("systemctl", "kill", "--signal=KILL", String(unit));
  await expect
    .poll(() => systemdDriver.state(service.place))
    .toMatchObject({
      state: "running",
      restarts: 1,
    });
  await expect.poll(() => ask(service).catch(() => null)).not.toBeNull();
});

test("volumes are the service's own, outlive releases, and are kept when it is removed", async () => {
  const start =
    "echo $LANDFALL_RELEASE >>/data/releases; export KEPT=$(wc -l </data/releases); exec python3 service.py";
  const service = await aService({ settings: { start }, volumes: [{ name: "data", path: "/data" }] });
  await deployed(service);
  await deployed(service);
  expect((await ask(service)).environment.KEPT).toBe("2");
  const kept = join(serviceDirectory(service.place), "volumes");
  const removal = await service.remove();
  expect(removal.problem).toBeNull();
  expect(removal.details["remove-files"]).toContain(kept);
  expect(await onHost("ls", serviceDirectory(service.place))).toBe("volumes");
  expect(await onHost("stat", "-c", "%U %a", join(kept, "data"))).toBe("root 700");
  await deployed(service);
  expect((await ask(service)).environment.KEPT).toBe("3");
});

test("a Python service runs in an environment of its own with its requirements", async () => {
  const service = await aService({ settings: {}, healthPath: "/" }, writeWheelService);
  const attempt = await service.deploy({ environment: { GREETING: "Hoi" } });
  expect(attempt.problem).toBeNull();
  expect(await ask(service)).toEqual({ greeting: "Hoi from a wheel", inVenv: true });
});

test("a Node.js service runs with its dependencies", async () => {
  const service = await aService({ settings: {}, healthPath: "/" }, writeNodeService);
  const attempt = await service.deploy();
  expect(attempt.problem).toBeNull();
  expect(attempt.details.build).toMatch(/^npm install --omit=dev/);
  expect(await ask(service)).toEqual({ greeting: "from a dependency" });
});

async function writeNodeService(folder: string): Promise<void> {
  const manifest = { name: "web", dependencies: { greeting: "file:./greeting" } };
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
  await mkdir(join(folder, "greeting"));
  await writeFile(join(folder, "greeting", "package.json"), JSON.stringify({ name: "greeting", version: "1.0.0" }));
  await writeFile(join(folder, "greeting", "index.js"), 'module.exports = "from a dependency";\n');
  await writeFile(
    join(folder, "server.js"),
    `require("node:http")
      .createServer((_, response) => response.end(JSON.stringify({ greeting: require("greeting") })))
      .listen(process.env.PORT, process.env.HOST);\n`,
  );
}

test("several services at once, each with its own user", async () => {
  const services = await Promise.all(Array.from({ length: 4 }, () => aService()));
  const attempts = await Promise.all(services.map((service) => service.deploy()));
  expect(attempts.map(({ problem }) => problem)).toEqual([null, null, null, null]);
  const users = await Promise.all(services.map((service) => onHost("id", "-u", ownUser(service.place))));
  expect(new Set(users).size).toBe(services.length);
});

test("a user who may use sudo deploys as root does", async () => {
  const { newHost, close } = await overSsh(testHost, "deploy");
  const service = await aService();
  const sudoer = new TestService({
    newDriver: () => systemdDriver,
    newPlace: () => ({ host: newHost(), base }),
    sourceRoots: [roots],
    spec: service.spec,
  });
  await deployed(sudoer);
  expect((await ask(sudoer)).environment.LANDFALL_SERVICE).toBe(sudoer.name);
  await close();
});

test("a reboot of the host brings it back, and only what served", async () => {
  const service = await aService();
  await deployed(service);
  await deployed(service);
  await testHost.faults.reboot({ suddenly: true });
  await expect.poll(() => ask(service).catch(() => null), { timeout: 60_000 }).not.toBeNull();
  const state = await systemdDriver.state(service.place);
  expect(state).toMatchObject({ state: "running", releaseId: service.current?.id });
  const running = await onHost(
    "systemctl",
    "list-units",
    "--state=active",
    "--plain",
    "--no-legend",
    unitPattern({ base }, service.name),
  );
  expect(running.split("\n")).toHaveLength(1);
});

test("without Caddy it is stopped and started, and no wait stands in between", async () => {
  await testHost.faults.removeCaddy();
  const ownBase = await root.makeBase();
  const { spec } = await aService();
  const service = new TestService({
    newDriver: () => systemdDriver,
    newPlace: () => ({ host, base: ownBase }),
    sourceRoots: [roots],
    spec,
  });
  await deployed(service);
  const [first] = service.releases;
  const second = await service.deploy();
  expect(second.problem).toBeNull();
  const rollback = await service.rollback(service.release(String(first?.id)));
  expect(rollback.problem).toBeNull();
  for (const { probes } of [second, rollback]) expect(probes?.longestGapMs).toBeLessThan(15_000);
  expect(await systemdDriver.state(service.place)).toMatchObject({ state: "running", releaseId: first?.id });
  await root.closeBase({ host, base: ownBase });
  await testHost.faults.restoreCaddy();
});

test("its journal tells of every release, and what a release wrote is told apart", async () => {
  const service = await aService();
  await deployed(service);
  await writePythonService((service.spec.source as { path: string }).path, { version: "2", exitCode: 4 });
  const { problem, log } = await service.deploy();
  expect(problem).toBeInstanceOf(Problem);
  expect(log).toContain("goodbye");
  // Any program may mark a line as the service's; this one was not written by one of its units.
  const forged = `MESSAGE=forged\nLANDFALL_SERVICE=${journalName(service.place)}\n`;
  await onHost("sh", "-c", 'printf "$1" | logger --journald && journalctl --sync', "sh", forged);
  const signal = AbortSignal.timeout(60_000);
  const read = async (since?: Date) => {
    const lines: string[] = [];
    const options = { tail: 10, follow: false, signal, ...(since && { since }) };
    for await (const { text } of systemdDriver.logs(service.place, options)) lines.push(text);
    return lines;
  };
  // On a busy host a release may end and be restarted once before it is checked.
  expect([...new Set(await read())]).toEqual(["started 1", "goodbye"]);
  expect(await read(new Date(Date.now() + 60_000))).toEqual([]);
});
