/* Whether each fault occurs, and ends. */
import { connect, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { over, signIn } from "./sign-in";
import { takeHost } from "./take-host";

const host = await takeHost();
const { faults } = host;

/** A test that succeeds leaves nothing that another one would notice. */
afterEach(async ({ task }) => {
  if (task.result?.state === "fail") await host.reset();
});

async function answerAt(port: number): Promise<string> {
  try {
    return await (await fetch(`http://${host.address}:${port}/`, { signal: AbortSignal.timeout(1_000) })).text();
  } catch {
    return "nothing";
  }
}

function openTo(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host.address, () => resolve(socket)).once("error", reject);
  });
}

async function serverKey(): Promise<string> {
  const { client, hostKey } = await signIn(host, host.keys.ed25519);
  client.end();
  return hostKey;
}

test("a new sshd lets open connections live, cutting them does not", async () => {
  const { client } = await signIn(host, host.keys.ed25519, "deploy");
  const closed = new Promise<void>((resolve) => client.on("error", () => undefined).once("close", () => resolve()));
  await faults.restartSshd();
  expect(await over(client, "echo still here")).toBe("still here\n");
  const cut = over(client, "echo $$ >/tmp/shell; sleep 1000");
  await expect.poll(async () => (await host.tryExec(["cat", "/tmp/shell"])).stdout).not.toBe("");
  await faults.cutConnections();
  await closed;
  expect(await cut).toBe("");
  expect(await serverKey()).not.toBe("");
});

test("a cut network swallows what is sent, open connections too, and heals by itself", async () => {
  await faults.occupyPort(8_010);
  const socket = await openTo(22);
  await expect.poll(() => socket.bytesRead).toBeGreaterThan(0);
  await faults.dropNetwork({ seconds: 10 });
  socket.write("SSH-2.0-nobody\r\n");
  expect(await answerAt(8_010)).toBe("nothing");
  const before = socket.bytesRead;
  await expect.poll(() => answerAt(8_010), { timeout: 30_000 }).toBe("stranger");
  await expect.poll(() => socket.bytesRead, { timeout: 30_000 }).toBeGreaterThan(before);
  socket.destroy();
});

test("a network cut for SSH only leaves other ports", async () => {
  await faults.occupyPort(8_011);
  await faults.dropNetwork({ ports: [22] });
  await expect.poll(() => answerAt(8_011)).toBe("stranger");
  const socket = connect(22, host.address);
  await new Promise<void>((resolve) => socket.setTimeout(1_000).once("timeout", resolve));
  expect(socket.connecting).toBe(true);
  socket.destroy();
  await faults.restoreNetwork();
  expect(await serverKey()).not.toBe("");
});

test("also what a container publishes is cut off", async () => {
  const serve = ["sh", "-c", "echo hello >/tmp/index.html; httpd -f -h /tmp"];
  await host.exec([
    "docker",
    "run",
    "--detach",
    "--name",
    "cut",
    "--publish",
    "8012:80",
    "landfall-test/busybox",
    ...serve,
  ]);
  await expect.poll(() => answerAt(8_012)).toBe("hello\n");
  await faults.dropNetwork({ ports: [8_012] });
  expect(await answerAt(8_012)).toBe("nothing");
  await faults.restoreNetwork();
  await expect.poll(() => answerAt(8_012)).toBe("hello\n");
  await host.exec(["docker", "rm", "--force", "cut"]);
});

test("a full disk keeps what is on it and takes nothing more until there is room", async () => {
  await host.script("mkdir -p /opt/base && echo old >/opt/base/release");
  await faults.fillDisk("/opt/base", { freeMiB: 4 });
  expect(await host.exec(["cat", "/opt/base/release"])).toBe("old\n");
  await host.script("head -c 3M /dev/zero >/opt/base/fits");
  await expect(host.script("head -c 3M /dev/zero >/opt/base/too-much")).rejects.toThrow("No space left on device");
  await faults.freeDisk("/opt/base");
  await host.script("head -c 30M /dev/zero >/opt/base/too-much");
});

test("a full disk under Docker: what runs and what was built is there, nothing new fits", async () => {
  await host.exec(["docker", "create", "--name", "old", "landfall-test/busybox", "true"]);
  await faults.fillDisk("/var/lib/docker", { freeMiB: 1 });
  expect(await host.exec(["docker", "ps", "--all", "--format", "{{.Names}}"])).toBe("old\n");
  const fill = ["docker", "run", "--rm", "landfall-test/busybox", "dd", "if=/dev/zero", "of=/big", "bs=1M", "count=20"];
  expect((await host.tryExec(fill)).stderr).toMatch(/no space left on device/i);
  await faults.freeDisk("/var/lib/docker");
  await host.exec(fill);
});

test("Docker stops and comes back", async () => {
  const run = ["docker", "run", "--detach", "--restart", "always", "--stop-timeout", "0", "--name", "on"];
  await host.exec([...run, "landfall-test/busybox", "sleep", "1000"]);
  await faults.stopDockerd();
  expect((await host.tryExec(["docker", "ps"])).exitCode).not.toBe(0);
  await faults.startDockerd();
  const running = ["docker", "ps", "--format", "{{.Names}}"];
  await expect.poll(() => host.exec(running)).toBe("on\n");
  await faults.restartDockerd();
  await expect.poll(() => host.exec(running)).toBe("on\n");
});

test("a stranger takes a port and leaves it", async () => {
  await faults.occupyPort(8_013);
  await expect.poll(() => answerAt(8_013)).toBe("stranger");
  await faults.freePort(8_013);
  expect(await answerAt(8_013)).toBe("nothing");
});

test("Caddy is gone and back", async () => {
  await faults.removeCaddy();
  await expect(host.exec(["caddy", "version"])).rejects.toThrow();
  await faults.restoreCaddy();
  expect(await host.exec(["caddy", "version"])).toMatch(/^v?2\./);
});

test("another host key, another host, as it seems", async () => {
  const own = await serverKey();
  const changed = await faults.changeHostKey();
  const now = await serverKey();
  expect(now).not.toBe(own);
  expect(Object.values(changed).map(({ line }) => line)).toContain(now);
  await faults.restoreHostKey();
  expect(await serverKey()).toBe(own);
});

test("a revoked key opens nothing, the others do", async () => {
  await faults.revokeKey("rsa");
  await expect(signIn(host, host.keys.rsa, "deploy")).rejects.toThrow("authentication");
  expect(await serverKey()).not.toBe("");
  await faults.restoreKeys();
  (await signIn(host, host.keys.rsa, "deploy")).client.end();
});

test("a reset heals a host that several faults met at once", async () => {
  await faults.changeHostKey();
  await faults.removeCaddy();
  await faults.revokeKey("ed25519");
  await faults.fillDisk("/var/lib/docker");
  await faults.stopDockerd();
  await faults.dropNetwork({ seconds: 1_000 });
  await faults.powerOff();
  await host.reset();
  expect(Object.values(host.hostKeys).map(({ line }) => line)).toContain(await serverKey());
  expect(await host.exec(["docker", "run", "--rm", "landfall-test/python", "python", "-c", "print(1)"])).toBe("1\n");
  expect(await host.exec(["caddy", "version"])).toMatch(/^v?2\./);
});
