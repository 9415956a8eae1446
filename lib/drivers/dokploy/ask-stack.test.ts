import type { lookup } from "node:dns";
import { createServer, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { selfSigned } from "@/e2e/dokploy/certificate";
import { askStack, lookupOutward, stackAddress } from "./ask-stack";

const HOST = "shop.localhost";

/** A server in the place of the proxy; returns the stack's answer to a request. */
async function aStack(answer: RequestListener, { https = false } = {}) {
  const server = https ? createSecureServer(selfSigned(HOST), answer) : createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const address = stackAddress({ domain: HOST, port: 8080, settings: { https } }, { httpPort: port, httpsPort: port });
  const ask = (path: string, signal = new AbortController().signal) =>
    askStack({ address, path, timeoutMs: 300, signal });
  return { ask, url: address.url, port };
}

test("a name of this machine needs no resolver, and the proxy is told which stack is meant", async () => {
  const { ask, url, port } = await aStack((request, response) => response.end(request.headers.host));
  expect(url).toBe(`http://${HOST}:${port}`);
  expect(await ask("/")).toMatchObject({ ok: true, status: 200, body: `${HOST}:${port}`, hasBadCertificate: false });
});

test.each([
  [204, true],
  [302, true],
  [404, false],
  [502, false],
])("%i is an answer that counts as good: %s", async (status, ok) => {
  const { ask } = await aStack((_, response) => response.writeHead(status, { location: "/sign-in" }).end());
  expect(await ask("/health")).toMatchObject({ ok, status, path: "/health" });
});

test("a stack that answers with another protocol, or without end, holds nobody up", async () => {
  const other = "HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n";
  const upgrading = await aStack((request) => request.socket.write(other));
  expect(await upgrading.ask("/")).toMatchObject({ ok: false, status: 101, body: "" });
  const endless = await aStack((_, response) => {
    const timer = setInterval(() => response.write("x".repeat(200)), 5);
    response.once("close", () => clearInterval(timer));
  });
  expect((await endless.ask("/")).body).toHaveLength(512);
});

test.each([
  ["169.254.169.254", true],
  ["168.63.129.16", true],
  ["fe80::1", true],
  ["::ffff:169.254.169.254", true],
  ["203.0.113.7", false],
  ["127.0.0.1", false],
])("a name that leads to %s when it is asked is refused: %s", async (address, isRefused) => {
  const family = address.includes(":") ? 6 : 4;
  const addresses = [
    { address: "203.0.113.4", family: 4 },
    { address, family },
  ].slice(isRefused ? 0 : 1);
  const resolve = ((_name: string, _options: unknown, done: (...given: unknown[]) => void) =>
    done(null, addresses)) as typeof lookup;
  for (const all of [true, false]) {
    const [error, found] = await new Promise<unknown[]>((answer) => {
      lookupOutward("a.example", { all }, (...given) => answer(given), resolve);
    });
    expect(error instanceof Error).toBe(isRefused);
    if (!isRefused) expect(found).toEqual(all ? addresses : address);
  }
});

test("a certificate that nobody trusts yet is told and is no failure", async () => {
  const { ask } = await aStack((_, response) => response.end("hello"), { https: true });
  expect(await ask("/")).toMatchObject({ ok: true, status: 200, hasBadCertificate: true });
});

test("who says nothing, cuts the line or has no name is told apart; an abort is none of it", async () => {
  const silent = await aStack(() => {});
  expect(await silent.ask("/")).toMatchObject({ ok: false, status: null, error: "no answer within 300 ms" });
  const cut = await aStack((request) => request.socket.destroy());
  expect(await cut.ask("/")).toMatchObject({ ok: false, error: "ECONNRESET", isUnresolved: false });
  const address = stackAddress({ domain: "nowhere.invalid", port: 1, settings: {} }, { httpPort: 1, httpsPort: 2 });
  const signal = new AbortController().signal;
  expect(await askStack({ address, path: "/", timeoutMs: 5_000, signal })).toMatchObject({ isUnresolved: true });
  await expect(silent.ask("/", AbortSignal.timeout(50))).rejects.toThrow();
});
