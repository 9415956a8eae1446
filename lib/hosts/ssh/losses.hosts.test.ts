import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { build } from "esbuild";
import { afterEach, expect, test } from "vitest";
import { takeHost } from "@/e2e/hosts/take-host";
import type { Host } from "../host";
import { openSshHost } from "./ssh-host";
import { settingsFor, sourceOf } from "./test-settings";

const server = await takeHost();
const settings = settingsFor(server);
const opened: Host[] = [];

function open(user: "root" | "deploy" = "root"): Host {
  const host = openSshHost({ ...settings, user });
  opened.push(host);
  return host;
}

afterEach(async () => {
  for (const host of opened.splice(0)) await host.close();
  await configureSshd("");
  await server.faults.restoreNetwork();
  await server.faults.cutConnections();
  await expect.poll(connections).toBe(0);
});

/** Open SSH connections to the server. */
async function connections(): Promise<number> {
  return (await server.exec(["ss", "-Htn", "state", "established", "sport", "=", ":22"]))
    .trim()
    .split("\n")
    .filter(Boolean).length;
}

async function configureSshd(lines: string): Promise<void> {
  const file = "/etc/ssh/sshd_config.d/00-test.conf";
  const script = `printf '%s' "$1" | cmp -s - ${file} || { printf '%s' "$1" >${file}; systemctl reload ssh.service; }`;
  await server.script(script, [lines]);
}

/** How many processes on the server have this word as an argument. */
async function running(word: string): Promise<number> {
  const { stdout } = await server.tryExec(["pgrep", "--count", "--full", `^sleep ${word}$`]);
  return Number(stdout);
}

/** A command that would run for an hour, with a second process in its group; resolves when both run. */
async function endless(host: Host) {
  const word = `3600.${Math.floor(Math.random() * 1e9)}`;
  const ended = host.run({ args: ["sh", "-c", `sleep ${word} & sleep ${word}`] }).catch((error: unknown) => error);
  await expect.poll(() => running(word)).toBe(2);
  return { word, ended };
}

const isTrue = async (host: Host) => (await host.run({ args: ["true"] })).exitCode === 0;

test("several objects share one connection, for commands, files and forwards", async () => {
  const hosts = [open(), open(), open()];
  const sockets = await Promise.all(
    hosts.map(async (host) => {
      await Promise.all([host.run({ args: ["true"] }), host.stat("/"), host.list("/")]);
      return host.connect({ port: 22 });
    }),
  );
  expect(await connections()).toBe(4);
  for (const socket of sockets) socket.destroy();
  await expect.poll(connections).toBe(1);
});

test("closing one object leaves the others their connection, and the last one's ends after a while", async () => {
  const [first, second] = [open(), open()];
  expect(await isTrue(first)).toBe(true);
  await first.close();
  await expect(first.run({ args: ["true"] })).rejects.toThrow();
  expect(await isTrue(second)).toBe(true);
  expect(await connections()).toBe(1);
  await second.close();
  await expect.poll(connections, { timeout: 30_000 }).toBe(0);
});

test("an idle connection does not keep a process alive, also when nobody closed it", async () => {
  const outfile = join(process.cwd(), `node_modules/.cache/idle-${process.pid}.mjs`);
  await build({
    stdin: {
      contents: `${sourceOf(settings)}
        await host.run({ args: ["true"] });
        await host.stat("/");`,
      resolveDir: process.cwd(),
      loader: "ts",
    },
    alias: { "@": process.cwd() },
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    outfile,
  });
  try {
    const [code] = await once(spawn(process.execPath, [outfile], { stdio: "inherit" }), "exit");
    expect(code).toBe(0);
  } finally {
    await rm(outfile, { force: true });
  }
});

test.each([1, 3])(
  "a server that allows only %i sessions a connection gets more connections or makes us wait",
  async (limit) => {
    await configureSshd(`MaxSessions ${limit}\n`);
    const host = open();
    const commands = Array.from({ length: 30 }, (_, index) =>
      host.run({ args: ["sh", "-c", 'sleep 0.3; echo "$0"', String(index)] }),
    );
    const [results, stats] = await Promise.all([Promise.all(commands), host.stat("/")]);
    expect(results.map(({ stdout }) => Number(stdout))).toEqual(Array.from({ length: 30 }, (_, index) => index));
    expect(stats).not.toBeNull();
  },
);

test("commands that never end do not keep others waiting", async () => {
  const host = open();
  const abort = new AbortController();
  const followers = Array.from({ length: 25 }, () =>
    host.run({ args: ["sleep", "3600"] }, { signal: abort.signal }).catch((error: Error) => error.message),
  );
  expect(await isTrue(host)).toBe(true);
  abort.abort(new Error("enough"));
  expect(new Set(await Promise.all(followers))).toEqual(new Set(["enough"]));
});

test("a restarted sshd changes nothing for what is connected, and takes new connections", async () => {
  const host = open();
  expect(await isTrue(host)).toBe(true);
  await server.faults.restartSshd();
  expect(await isTrue(host)).toBe(true);
  await server.faults.cutConnections();
  expect(await isTrue(host)).toBe(true);
  expect(await host.stat("/")).not.toBeNull();
});

test("waits for a server whose sshd is away for a moment", async () => {
  const host = open();
  expect(await isTrue(host)).toBe(true);
  await server.exec(["systemctl", "stop", "ssh.service"]);
  await server.faults.cutConnections();
  const ran = isTrue(host);
  await server.exec(["systemctl", "start", "ssh.service"]);
  expect(await ran).toBe(true);
});

test("files are read and written across a lost connection", async () => {
  const host = open();
  const path = `/var/tmp/${randomUUID()}`;
  for (let round = 0; round < 5; round += 1) {
    await host.stat("/");
    const cut = server.faults.cutConnections();
    await host.writeFile(path, `round ${round}`);
    expect((await host.readFile(path)).toString()).toBe(`round ${round}`);
    await cut;
  }
  await host.remove(path);
});

test.each(["root", "deploy"] as const)(
  "a connection lost under a command of %s is told, and ends its whole group",
  async (user) => {
    const host = open(user);
    const { word, ended } = await endless(host);
    const socket = await host.connect({ port: 22 });
    const reading = text(socket).catch((error: unknown) => error);
    await server.faults.cutConnections();
    expect(await ended).toMatchObject({ code: "host-lost" });
    expect(await reading).toMatchObject({ code: "host-lost" });
    await expect.poll(() => running(word)).toBe(0);
    expect(await isTrue(host)).toBe(true);
  },
);

test("a network that is cut without a word is noticed on both ends", async () => {
  const host = open();
  const { word, ended } = await endless(host);
  await server.faults.dropNetwork({ ports: [22], seconds: 120 });
  expect(await ended).toMatchObject({ code: "host-lost" });
  await expect.poll(() => running(word), { timeout: 60_000 }).toBe(0);
  await server.faults.restoreNetwork();
  expect(await isTrue(host)).toBe(true);
});

test("a short stall is no loss", async () => {
  const host = open();
  const counting = host.run({ args: ["sh", "-c", "for n in 1 2 3 4 5 6 7 8; do echo $n; sleep 1; done"] });
  await server.faults.dropNetwork({ ports: [22], seconds: 5 });
  expect((await counting).stdout.trim().split("\n")).toHaveLength(8);
});

test("a full disk is told apart, and leaves nothing", async () => {
  const host = open();
  await server.faults.fillDisk("/opt/full", { freeMiB: 1 });
  await expect(host.writeFile("/opt/full/big", Buffer.alloc(5_000_000))).rejects.toMatchObject({ code: "ENOSPC" });
  expect(await host.list("/opt/full")).toEqual([]);
});

test("a server that forwards nothing is reached all the same", async () => {
  await configureSshd("AllowTcpForwarding no\nAllowStreamLocalForwarding no\n");
  const host = open();
  const greeting = await host.connect({ port: 22 });
  expect(String((await greeting.iterator().next()).value)).toMatch(/^SSH-2.0-/);
  await expect(host.connect({ port: 1 })).rejects.toMatchObject({ code: "ECONNREFUSED" });
  const docker = await host.connect({ socketPath: server.dockerSocketPath });
  docker.end("GET /_ping HTTP/1.0\r\n\r\n");
  expect(await text(docker)).toMatch(/OK$/);
});

test("root's Docker is reached by somebody who is not root", async () => {
  const docker = await open("deploy").connect({ socketPath: server.dockerSocketPath });
  docker.end("GET /_ping HTTP/1.0\r\n\r\n");
  expect(await text(docker)).toMatch(/OK$/);
});

test("a spare connection that somebody came back to is not ended under them", async () => {
  const host = open();
  const many = (...args: [string, ...string[]]) => Promise.all(Array.from({ length: 15 }, () => host.run({ args })));
  // More sessions than one connection allows, so that there is a spare one; it would be ended ten seconds after this.
  await many("true");
  await sleep(6_000);
  const ended = await many("sleep", "8");
  expect(ended.map(({ exitCode }) => exitCode)).toEqual(Array(15).fill(0));
});

test("input is on no command line", async () => {
  const secret = randomUUID();
  const abort = new AbortController();
  const reading = open()
    .run({ args: ["sleep", "3600"] }, { stdin: secret, signal: abort.signal })
    .catch(() => "aborted");
  await expect.poll(() => running("3600")).toBe(1);
  expect(await server.exec(["ps", "-eo", "args"])).not.toContain(secret);
  abort.abort();
  await reading;
});

test("free ports are never the same at once, and below those of outgoing connections", async () => {
  const host = open();
  const ports = await Promise.all(Array.from({ length: 10 }, () => host.freePort()));
  expect(new Set(ports).size).toBe(10);
  const lowest = Number.parseInt(await server.exec(["cat", "/proc/sys/net/ipv4/ip_local_port_range"]), 10);
  for (const port of ports) expect(port).toBeLessThan(lowest);
});
