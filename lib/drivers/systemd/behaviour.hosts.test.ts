import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { takeHost } from "@/e2e/hosts/take-host";
import { Problem } from "@/lib/contracts/problem";
import type { DeploymentSpec } from "@/lib/contracts/service";
import { quote } from "@/lib/hosts/command";
import { overSsh } from "../contract/over-ssh";
import { writePythonService, writeWheelService } from "../contract/python-service";
import type { Attempt } from "../contract/test-run";
import { TestService } from "../contract/test-service";
import { serviceDirectory } from "../release-layout";
import { systemdDriver } from "./driver";
import { journalName, ownUser, unitPattern } from "./names";
import { systemdRunner } from "./runner";

/**
 * Behaviour of the systemd driver alone, on a real server. A deployment takes seconds, so most tests are about the same
 * four services, and most of these about one that lives through them all.
 */
const testHost = await takeHost();
const root = await overSsh(testHost);
const sudoer = await overSsh(testHost, "deploy");
const host = root.newHost();
let base = "";
let roots = "";
/** Deploys the service that lives through the tests. */
let deployer = host;
let web: TestService;

beforeAll(async () => {
  base = await root.makeBase();
  roots = await realpath(await mkdtemp(join(tmpdir(), "landfall-sources-")));
  const limits = { memoryMb: 64, cpus: 0.5 };
  web = await aService({ settings: { ...limits, start: start() }, volumes: [{ name: "data", path: "/data" }] });
});
afterAll(async () => {
  await root.closeBase({ host, base });
  await root.close();
  await sudoer.close();
  await rm(roots, { recursive: true, force: true });
});

let count = 0;
const PYTHON = { start: "python3 service.py" };

/** Every character that a shell or a unit could misread. */
const ODD = `${String.fromCharCode(...Array.from({ length: 95 }, (_, index) => index + 32))}\n\t\\n%n%%$$ \${X} $(id) ünï日本😀`;

/** What the service sees goes into its environment, with which it answers. It counts its starts in its volume. */
const start = () => `# odd
export ODD=${quote([ODD])} WHERE="$PWD"
touch written && export WHO=$(id -un) SEEN="$(ls -A ${base})" OUTSIDE="$(touch /usr/x /etc/x 2>&1)"
export HOMES="$(ls -A /root /home)" OTHERS="$(ls /proc | grep -c '^1$')"
echo started >>/data/starts; export STARTS=$(wc -l </data/starts)
trap : TERM; python3 service.py; code=$?; echo "ended with $code"; exit $code`;

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
    newPlace: () => ({ host: deployer, base }),
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

const sourceOf = ({ spec }: TestService) => (spec.source as { path: string }).path;

async function ask(service: TestService): Promise<{ environment: Record<string, string> }> {
  const answer = await fetch(`http://${host.publicHost}:${service.spec.port}/`);
  return (await answer.json()) as { environment: Record<string, string> };
}

const onHost = async (...args: [string, ...string[]]) => (await testHost.exec(args)).trim();
const unitsOf = (service: TestService) =>
  onHost("sh", "-c", `cd /etc/systemd/system && ls -d ${unitPattern({ base }, service.name)} 2>/dev/null || :`);
const runningUnitsOf = async ({ name }: TestService) => {
  const active = ["systemctl", "list-units", "--state=active", "--plain", "--no-legend"] as const;
  return (await onHost(...active, unitPattern({ base }, name))).split("\n");
};

describe("a service that cannot be started", () => {
  let unfit: TestService;
  beforeAll(async () => {
    unfit = await aService();
  });
  const deployAt = (path: string) => unfit.deploy({ spec: { volumes: [{ name: "data", path }] } });

  test("because its user is not on the host is refused before anything is touched", async () => {
    const { problem, failedIn } = await unfit.deploy({ spec: { settings: { ...PYTHON, user: "nobody-here" } } });
    expect([problem?.code, problem?.params, failedIn]).toEqual(["settings-invalid", { field: "user" }, "validation"]);
  });

  test("because systemd does not take its unit whole is refused with what it says, before it is started", async () => {
    const { problem, failedIn, stuck } = await deployAt("/srv/../data");
    const detail = expect.stringContaining("not normalized") as string;
    expect(problem).toMatchObject({ code: "unit-invalid", detail });
    expect([failedIn, stuck]).toEqual(["start", []]);
    expect(await unitsOf(unfit)).toBe("");
  });

  test("says why, and leaves nothing", async () => {
    await onHost("touch", "/srv/file");
    const { problem, failedIn, stuck } = await deployAt("/srv/file/below");
    expect(problem).toMatchObject({ code: "start-failed", detail: expect.stringContaining("NAMESPACE") as string });
    expect([failedIn, stuck]).toEqual(["start", []]);
    expect(await unitsOf(unfit)).toBe("");
    expect(await onHost("systemctl", "list-units", "--failed", "--plain", "--no-legend", "landfall-*")).toBe("");
  });
});

describe("several services, deployed at once", () => {
  let asked: TestService;
  let wheel: TestService;
  let node: TestService;
  let attempts: Attempt[];

  beforeAll(async () => {
    asked = await aService({ settings: { user: "deploy", start: "WHO=$(id -un) exec python3 service.py" } });
    wheel = await aService({ settings: {}, healthPath: "/" }, writeWheelService);
    node = await aService({ settings: {}, healthPath: "/" }, writeNodeService);
    const environment = { GREETING: "Hoi" };
    attempts = await Promise.all([web, asked, wheel, node].map((service) => service.deploy({ environment })));
  });

  test("are all there, each with its own user", async () => {
    expect(attempts.map(({ problem }) => problem)).toEqual([null, null, null, null]);
    const users = await Promise.all([web, wheel, node].map((service) => onHost("id", "-u", ownUser(service.place))));
    expect(new Set(users).size).toBe(3);
  });

  test("one whose start command has every odd character runs what its author typed", async () => {
    const { environment } = await ask(web);
    expect(environment.ODD).toBe(ODD);
    expect(environment.WHERE).toBe(environment.HOME);
  });

  test("one with limits is kept to them", async () => {
    expect(attempts[0]?.log).toEqual(
      expect.arrayContaining(["the memory limit is kept by systemd", "the cpu limit is kept by systemd"]),
    );
    const settings = { memoryMb: 64, cpus: 0.5, start: `python3 -c "bytearray(300 << 20); input()"` };
    const hungry = await (await aService({ settings })).deploy();
    expect(hungry.problem?.code).toBe("out-of-memory");
  });

  test("one of Python runs in an environment of its own with its requirements", async () => {
    expect(await ask(wheel)).toEqual({ greeting: "Hoi from a wheel", inVenv: true });
  });

  test("one of Node.js runs with its dependencies", async () => {
    expect(attempts[3]?.details.build).toMatch(/^npm install --omit=dev/);
    expect(await ask(node)).toEqual({ greeting: "from a dependency" });
  });

  test("one runs as the configured user, which is kept on removal", async () => {
    expect((await ask(asked)).environment).toMatchObject({ WHO: "deploy", HOME: "/home/deploy" });
    expect((await asked.remove()).problem).toBeNull();
    expect(await onHost("id", "-un", "deploy")).toBe("deploy");
  });
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

describe("a service, from one version to the next", () => {
  test("a user who may use sudo deploys as root does, and the stopped release ends what it does", async () => {
    await writePythonService(sourceOf(web), { version: "2" });
    deployer = sudoer.newHost();
    expect((await web.deploy()).problem).toBeNull();
    expect((await ask(web)).environment.LANDFALL_SERVICE).toBe(web.name);
    deployer = host;
    const [, older] = web.releases;
    // Behind a shell.
    await expect
      .poll(() => systemdRunner.lastOutput(web.place, String(older?.id), 10))
      .toEqual(["started 1", "ended with 0"]);
  });

  test("it runs as a user of its own, writes where it lives, and sees no other service", async () => {
    const { environment } = await ask(web);
    expect(environment.WHO).toBe(ownUser(web.place));
    expect(environment.SEEN).toBe(web.name);
    expect(environment.OUTSIDE).toMatch(/Read-only.*\n.*Read-only/);
    expect(environment.HOMES).toBe("/home:\n\n/root:");
    expect(environment.OTHERS).toBe("0");
    expect(await onHost("stat", "-c", "%a %U", join(serviceDirectory(web.place), "environment"))).toBe("700 root");
  });

  test("its volumes outlive releases", async () => {
    expect((await ask(web)).environment.STARTS).toBe("2");
  });

  test("when it is killed, it is started again", async () => {
    const [unit] = await runningUnitsOf(web);
    await onHost("systemctl", "kill", "--signal=KILL", String(unit?.split(" ")[0]));
    await expect.poll(() => systemdDriver.state(web.place)).toMatchObject({ state: "running", restarts: 1 });
    await expect.poll(() => ask(web).catch(() => null)).toMatchObject({ environment: { STARTS: "3" } });
  });

  test("its journal tells of every release, and what a release wrote is told apart", async () => {
    await writePythonService(sourceOf(web), { version: "3", exitCode: 4 });
    const { problem, log } = await web.deploy();
    expect(problem).toBeInstanceOf(Problem);
    expect(log).toContain("goodbye");
    // Any program may mark a line as the service's; this one was not written by one of its units.
    const forged = `MESSAGE=forged\nLANDFALL_SERVICE=${journalName(web.place)}\n`;
    await onHost("sh", "-c", 'printf "$1" | logger --journald && journalctl --sync', "sh", forged);
    const signal = AbortSignal.timeout(60_000);
    const read = async (since?: Date) => {
      const lines: string[] = [];
      const options = { tail: 20, follow: false, signal, ...(since && { since }) };
      for await (const { text } of systemdDriver.logs(web.place, options)) lines.push(text);
      return lines;
    };
    // It was killed and started again; and on a busy host a release may end and be restarted once before it is checked.
    const written = ["started 1", "started 2", "ended with 0", "goodbye", "ended with 4"];
    expect([...new Set(await read())]).toEqual(written);
    expect(await read(new Date(Date.now() + 60_000))).toEqual([]);
  });

  test("after a reboot of the host only the live release runs", async () => {
    await testHost.faults.reboot({ suddenly: true });
    await expect.poll(() => ask(web).catch(() => null), { timeout: 60_000 }).not.toBeNull();
    expect(await systemdDriver.state(web.place)).toMatchObject({ state: "running", releaseId: web.current?.id });
    expect(await runningUnitsOf(web)).toHaveLength(1);
  });

  test("its volumes are its own, and are kept when it is removed, while its user goes", async () => {
    const kept = join(serviceDirectory(web.place), "volumes");
    const removal = await web.remove();
    expect(removal.problem).toBeNull();
    expect(removal.details["remove-files"]).toContain(kept);
    expect(await onHost("ls", serviceDirectory(web.place))).toBe("volumes");
    expect(await onHost("stat", "-c", "%U %a", join(kept, "data"))).toBe("root 700");
    expect(await onHost("sh", "-c", `getent passwd ${ownUser(web.place)} || echo gone`)).toBe("gone");
    const before = (await onHost("cat", join(kept, "data/starts"))).split("\n").length;
    await writePythonService(sourceOf(web), { version: "4" });
    expect((await web.deploy()).problem).toBeNull();
    expect((await ask(web)).environment.STARTS).toBe(String(before + 1));
  });
});
