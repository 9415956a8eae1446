import { text } from "node:stream/consumers";
import { afterEach, expect, test } from "vitest";
import { takeHosts } from "@/e2e/hosts/take-host";
import { readHostKey } from "./read-host-key";
import { openSshHost } from "./ssh-host";
import { settingsFor } from "./test-settings";

const [jump, server] = await takeHosts(2);
if (!jump || !server) throw new Error("this needs two hosts");

const behind = { ...settingsFor(server, { user: "deploy", key: "rsa" }), host: server.insideAddress };
const settings = { ...behind, publicHost: "example.test", jump: settingsFor(jump) };
const host = openSshHost(settings);

afterEach(async () => {
  for (const one of [jump, server]) await one.faults.cutConnections();
});

test("commands, files and forwards go through another server", async () => {
  expect((await host.run({ args: ["hostname"] })).stdout.trim()).toBe(server.name);
  expect((await host.readFile("/etc/hostname")).toString().trim()).toBe(server.name);
  const docker = await host.connect({ socketPath: server.dockerSocketPath });
  docker.end("GET /_ping HTTP/1.0\r\n\r\n");
  expect(await text(docker)).toMatch(/OK$/);
  expect(host.publicHost).toBe("example.test");
});

test("both servers must show the key that is pinned", async () => {
  const other = server.hostKeys.ed25519.line;
  const strange = openSshHost({ ...settings, jump: { ...settings.jump, hostKey: other } });
  await expect(strange.run({ args: ["true"] })).rejects.toMatchObject({
    code: "host-key-changed",
    params: { received: jump.hostKeys.ed25519.fingerprint },
  });
  await strange.close();
  const behindStrange = openSshHost({ ...settings, hostKey: jump.hostKeys.ed25519.line });
  await expect(behindStrange.run({ args: ["true"] })).rejects.toMatchObject({
    code: "host-key-changed",
    params: { received: server.hostKeys.ed25519.fingerprint },
  });
  await behindStrange.close();
});

test("the key of a server behind another can be read", async () => {
  const to = { host: server.insideAddress, port: server.port, jump: settings.jump };
  expect(await readHostKey(to)).toEqual(server.hostKeys.ed25519);
  await expect(readHostKey({ ...to, port: 1 })).rejects.toMatchObject({ code: "host-unreachable" });
});

test.each([
  ["the way there", jump],
  ["the server itself", server],
])("%s may be lost and is found again", async (_, lost) => {
  const running = host.run({ args: ["sh", "-c", "echo ready; sleep 3600"] }, { onLine: () => void cut() });
  const cut = () => lost.faults.cutConnections();
  await expect(running).rejects.toMatchObject({ code: "host-lost" });
  expect((await host.run({ args: ["hostname"] })).stdout.trim()).toBe(server.name);
});
