import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { LocalHost } from "@/lib/hosts/local-host";
import { ensureSupervisor } from "./start-supervisor";
import { ADDRESS_FILE, LOCK_FILE, STATE_FILE, type SupervisorAddress } from "./supervisor/protocol";
import { testRelease } from "./supervisor/test-release";
import { findSupervisor, type SupervisorClient } from "./supervisor-client";

const host = new LocalHost();
let folder: string;
let base: string;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "landfall-supervisor-")));
  await chmod(folder, 0o711); // services have users of their own, which must reach it
});
afterAll(() => rm(folder, { recursive: true, force: true }));
async function makeBase(): Promise<void> {
  base = await mkdtemp(join(folder, "base-"));
}

async function removeBase(): Promise<void> {
  await (await findSupervisor({ host, base }))?.shutDown();
  await rm(base, { recursive: true, force: true });
}

const ensure = () => ensureSupervisor({ host, base });
const json = async <T>(name: string) => JSON.parse(await readFile(join(base, name), "utf8")) as T;

/** A zombie counts as dead: its new parent has not reaped it yet. */
async function isAlive(pid: number): Promise<boolean> {
  const line = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return line !== "" && !/\) Z /.test(line);
}

async function aService(supervisor: SupervisorClient, name: string): Promise<{ port: number; pid: number }> {
  const port = await host.freePort();
  const spec = await testRelease(base, `${name}-r1`, port, `response.end("${name}");`);
  await supervisor.startRelease(name, `${name}-r1`, spec);
  await expect.poll(async () => (await supervisor.service(name))?.releases[0]?.address).toBeTruthy();
  await supervisor.switchTo(name, `${name}-r1`);
  return { port, pid: (await supervisor.service(name))?.releases[0]?.pid ?? 0 };
}

const answerOf = (port: number) => fetch(`http://127.0.0.1:${port}/`).then((answer) => answer.text(), String);

/** The service of a base directory that several tests share. */
async function theService(supervisor: SupervisorClient): Promise<{ port: number; pid: number }> {
  const release = (await supervisor.service("one"))?.releases[0];
  return release ? { port: release.spec.publicPort, pid: release.pid ?? 0 } : aService(supervisor, "one");
}

describe("a base directory", () => {
  beforeAll(makeBase);
  afterAll(removeBase);

  test("of several that are started at once one remains", async () => {
    const all = await Promise.all([ensure(), ensure(), ensure(), ensure()]);
    const pids = await Promise.all(all.map(async (supervisor) => (await supervisor.status()).pid));
    expect(new Set(pids).size).toBe(1);
    const running = async () => {
      const { stdout } = await host.run({ args: ["ps", "-eo", "args"] });
      return stdout.split("\n").filter((line) => line.startsWith("node ") && line.includes(base)).length;
    };
    await expect.poll(running).toBe(1);
  });

  test("a version that differs is replaced only while nothing runs", async () => {
    const first = (await (await ensure()).status()).pid;
    const other = join(folder, "other.mjs");
    await writeFile(other, `${await readFile("dist/supervisor.mjs", "utf8")}\n// another version\n`);
    const second = await ensureSupervisor({ host, base }, other);
    expect((await second.status()).pid).not.toBe(first);
    await theService(second);
    expect((await (await ensure()).status()).pid).toBe((await second.status()).pid);
  });

  test("only its own user can connect to it or read its files", async () => {
    await theService(await ensure());
    const { socket } = await json<SupervisorAddress>(ADDRESS_FILE);
    const paths = [
      socket,
      ...[STATE_FILE, ADDRESS_FILE, LOCK_FILE, "one/log/output.log"].map((name) => join(base, name)),
    ];
    const modes = () => Promise.all(paths.map(async (path) => (await stat(path)).mode & 0o077));
    // The log is opened with the service's first output, which may come a moment after it listens.
    await expect.poll(modes).toEqual([0, 0, 0, 0, 0]);
  });

  test("services come back after kill -9, and nothing of before is left beside them", async () => {
    const supervisor = await ensure();
    const { port, pid } = await theService(supervisor);
    process.kill((await supervisor.status()).pid, "SIGKILL");
    await expect.poll(() => findSupervisor({ host, base })).toBeNull();
    const next = await ensure();
    await expect.poll(() => answerOf(port)).toBe("one");
    expect(await isAlive(pid)).toBe(false);
    expect((await next.service("one"))?.releases).toHaveLength(1);
  });

  test("a shutdown stops services and the next start runs them again; a process id that was reused is not killed", async () => {
    const supervisor = await ensure();
    const one = await theService(supervisor);
    const two = await aService(supervisor, "two");
    await supervisor.shutDown();
    expect([await isAlive(one.pid), await isAlive(two.pid)]).toEqual([false, false]);
    await expect.poll(() => findSupervisor({ host, base })).toBeNull();
    const state = await json<{ services: { releases: { pid: number; startTime: string }[] }[] }>(STATE_FILE);
    for (const release of state.services.flatMap(({ releases }) => releases))
      Object.assign(release, { pid: process.pid, startTime: "1" });
    await writeFile(join(base, STATE_FILE), JSON.stringify(state));
    await ensure();
    await expect.poll(() => Promise.all([answerOf(one.port), answerOf(two.port)])).toEqual(["one", "two"]);
    expect(await isAlive(process.pid)).toBe(true);
  });
});

describe("a supervisor", () => {
  beforeEach(makeBase);
  afterEach(removeBase);

  test("no name that any user of the machine could take keeps it from starting", async () => {
    // Versions before this one locked with this name; services are in the same network.
    const name = createHash("sha256").update(`${process.getuid?.()}:${base}`).digest("hex");
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(`\0landfall-${name}`, resolve));
    try {
      expect((await (await ensure()).status()).services).toEqual([]);
    } finally {
      squatter.close();
    }
  });

  test("a state file that cannot be read is set aside", async () => {
    await writeFile(join(base, STATE_FILE), "{ not json");
    const supervisor = await ensure();
    expect((await supervisor.status()).services).toEqual([]);
    expect(await readFile(join(base, `${STATE_FILE}.unreadable`), "utf8")).toBe("{ not json");
  });

  test("works in a directory whose path is too long for a socket", async () => {
    await chmod(base, 0o711);
    base = join(base, "x".repeat(120));
    await mkdir(base);
    const { port } = await aService(await ensure(), "one");
    expect(await answerOf(port)).toBe("one");
    const { socket } = await json<SupervisorAddress>(ADDRESS_FILE);
    expect(socket.length).toBeLessThan(100);
    await (await ensure()).shutDown();
    await expect
      .poll(() =>
        stat(socket).then(
          () => "there",
          () => "gone",
        ),
      )
      .toBe("gone");
  });

  test("ends with its services when its directory was removed", async () => {
    const supervisor = await ensure();
    const { pid } = await aService(supervisor, "one");
    const own = (await supervisor.status()).pid;
    await rm(base, { recursive: true, force: true });
    await expect.poll(async () => [await isAlive(own), await isAlive(pid)]).toEqual([false, false]);
  });
});
