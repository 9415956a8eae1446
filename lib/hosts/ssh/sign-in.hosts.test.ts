import { randomUUID } from "node:crypto";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2 from "ssh2";
import { afterEach, expect, test } from "vitest";
import type { KeyName } from "@/e2e/hosts/facts";
import { takeHost } from "@/e2e/hosts/take-host";
import { Secret } from "@/lib/platform/secrets/secret";
import type { Host } from "../host";
import { parsePrivateKey } from "./private-key";
import { readHostKey } from "./read-host-key";
import type { SshSettings } from "./settings";
import { openSshHost } from "./ssh-host";
import { settingsFor } from "./test-settings";

const server = await takeHost();
const address = { host: server.address, port: server.port };
const opened: Host[] = [];
const listening: Server[] = [];

function open(settings: SshSettings): Host {
  const host = openSshHost(settings);
  opened.push(host);
  return host;
}

/** The user that a command runs as. */
async function whoIs(settings: SshSettings): Promise<string> {
  return (await open(settings).run({ args: ["id", "-un"] })).stdout.trim();
}

afterEach(async () => {
  for (const host of opened.splice(0)) await host.close();
  for (const one of listening.splice(0)) one.close();
  await server.faults.cutConnections();
});

test.each(["ed25519", "rsa", "ecdsa", "locked"] as const)("signs in with the key %s, as root and not", async (key) => {
  expect(await whoIs(settingsFor(server, { key }))).toBe("root");
  expect(await whoIs(settingsFor(server, { key, user: "deploy" }))).toBe("root");
});

test("signs in with what an agent holds", async () => {
  const agentSocket = await startAgent("rsa", "ed25519");
  expect(await whoIs({ ...settingsFor(server), key: { agentSocket } })).toBe("root");
});

test("says that the key was not accepted, whoever holds it", async () => {
  const refused = { code: "ssh-auth-failed", params: { user: "root" } };
  await expect(whoIs(settingsFor(server, { key: "stranger" }))).rejects.toMatchObject(refused);
  const agentSocket = await startAgent("stranger");
  await expect(whoIs({ ...settingsFor(server), key: { agentSocket } })).rejects.toMatchObject(refused);
  const nowhere = { agentSocket: join(tmpdir(), randomUUID()) };
  await expect(whoIs({ ...settingsFor(server), key: nowhere })).rejects.toMatchObject(refused);
});

test("a locked key needs its passphrase", async () => {
  const settings = settingsFor(server, { key: "locked" });
  const keyWith = (passphrase?: string) =>
    whoIs({
      ...settings,
      key: { ...settings.key, passphrase: passphrase && new Secret(passphrase) } as SshSettings["key"],
    });
  await expect(keyWith()).rejects.toMatchObject({ code: "ssh-key-locked" });
  await expect(keyWith("wrong")).rejects.toMatchObject({ code: "ssh-key-passphrase-wrong" });
});

test("a key that is revoked opens no new connection", async () => {
  const host = open(settingsFor(server, { key: "rsa" }));
  expect((await host.run({ args: ["true"] })).exitCode).toBe(0);
  await server.faults.revokeKey("rsa");
  try {
    expect((await host.run({ args: ["true"] })).exitCode).toBe(0);
    await server.faults.cutConnections();
    await expect.poll(() => host.run({ args: ["true"] }).catch(({ code }) => code)).toBe("ssh-auth-failed");
  } finally {
    await server.faults.restoreKeys();
  }
  expect((await host.run({ args: ["true"] })).exitCode).toBe(0);
});

test("accepts each of the server's keys when it is the pinned one, and shows one to be pinned", async () => {
  for (const { line } of Object.values(server.hostKeys)) {
    expect(await whoIs({ ...settingsFor(server), hostKey: `${line} a comment` })).toBe("root");
  }
  expect(await readHostKey(address)).toEqual(server.hostKeys.ed25519);
});

test("a changed host key stops everything and says which came and which was expected", async () => {
  const settings = settingsFor(server);
  const host = open(settings);
  expect((await host.run({ args: ["true"] })).exitCode).toBe(0);
  const changed = await server.faults.changeHostKey();
  try {
    await server.faults.cutConnections();
    const problem = {
      code: "host-key-changed",
      params: { expected: server.hostKeys.ed25519.fingerprint, received: changed.ed25519.fingerprint },
    };
    await expect.poll(() => host.run({ args: ["true"] }).catch((error) => error)).toMatchObject(problem);
    await expect(host.stat("/")).rejects.toMatchObject(problem);
    await expect(host.connect({ port: 22 })).rejects.toMatchObject(problem);
    expect(await readHostKey(address)).toEqual(changed.ed25519);
    expect(await whoIs({ ...settings, hostKey: changed.ed25519.line })).toBe("root");
  } finally {
    await server.faults.restoreHostKey();
  }
});

test("says why a server cannot be reached", async () => {
  const { port, close } = await silentServer();
  close();
  const to = (host: string, at: number) => readHostKey({ host, port: at });
  await expect(to("127.0.0.1", port)).rejects.toMatchObject({
    code: "host-unreachable",
    detail: expect.stringContaining("ECONNREFUSED"),
  });
  await expect(to("nobody.invalid", 22)).rejects.toMatchObject({ code: "host-unreachable" });
  await expect(whoIs({ ...settingsFor(server), port })).rejects.toMatchObject({ code: "host-unreachable" });
});

test("does not wait longer than it is told for a server that says nothing", async () => {
  const { port } = await silentServer();
  const settings = { ...settingsFor(server), host: "127.0.0.1", port };
  const enough = () => AbortSignal.timeout(300);
  await expect(readHostKey({ host: "127.0.0.1", port }, enough())).rejects.toMatchObject({ name: "TimeoutError" });
  const running = open(settings).run({ args: ["true"] }, { signal: enough() });
  await expect(running).rejects.toMatchObject({ name: "TimeoutError" });
});

test("sudo that wants a password, or is forbidden again, is a problem of its own", async () => {
  const host = open(settingsFor(server, { user: "deploy" }));
  const refused = { code: "sudo-refused", params: { user: "deploy" }, detail: expect.stringContaining("password") };
  await withSudoersOff(async () => {
    await expect(host.run({ args: ["touch", "/tmp/ran"] })).rejects.toMatchObject(refused);
    await expect(host.stat("/")).rejects.toMatchObject(refused);
    expect((await server.tryExec(["test", "-e", "/tmp/ran"])).exitCode).toBe(1);
  });
  expect((await host.run({ args: ["true"] })).exitCode).toBe(0);
  expect(await host.stat("/")).not.toBeNull();
  await withSudoersOff(async () => {
    await expect(host.run({ args: ["true"] })).rejects.toMatchObject(refused);
  });
});

test("a server without what the guard needs says what it is", async () => {
  await server.exec(["mv", "/usr/bin/setsid", "/usr/bin/setsid.away"]);
  try {
    const running = open(settingsFor(server)).run({ args: ["true"] });
    await expect(running).rejects.toMatchObject({ code: "tool-missing", params: { tool: "setsid" } });
  } finally {
    await server.exec(["mv", "/usr/bin/setsid.away", "/usr/bin/setsid"]);
  }
});

/** Accepts connections and never sends anything. */
async function silentServer() {
  const server = createServer();
  listening.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

async function withSudoersOff(work: () => Promise<void>): Promise<void> {
  const move = (from: string, to: string) => server.script('mkdir -p "$2"; mv "$1"/* "$2"', [from, to]);
  await move("/etc/sudoers.d", "/root/sudoers.away");
  try {
    await work();
  } finally {
    await move("/root/sudoers.away", "/etc/sudoers.d");
  }
}

/** An agent with these keys, in order. */
async function startAgent(...names: KeyName[]): Promise<string> {
  const { AgentProtocol } = ssh2;
  const keys = names.map((key) => {
    const settings = settingsFor(server, { key }).key;
    return parsePrivateKey("privateKey" in settings ? settings.privateKey : new Secret("")).parsed;
  });
  const agent = createServer((socket) => {
    const protocol = new AgentProtocol(false);
    protocol.on("identities", (request) => protocol.getIdentitiesReply(request, keys));
    protocol.on("sign", (request, publicKey, data, options) => {
      const key = keys.find((one) => one.getPublicSSH().equals(publicKey.getPublicSSH()));
      if (key) protocol.signReply(request, key.sign(data, options.hash));
      else protocol.failureReply(request);
    });
    protocol.pipe(socket).pipe(protocol);
  });
  listening.push(agent);
  const path = join(tmpdir(), `${randomUUID()}.sock`);
  await new Promise<void>((resolve) => agent.listen(path, resolve));
  return path;
}
