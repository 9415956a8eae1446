import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer, type Server } from "node:net";
import { afterEach, expect, test } from "vitest";
import type { Host } from "@/lib/hosts/host";
import { askOnce } from "./ask-once";

/** The loopback of this machine, as a host reaches it. */
const host: Pick<Host, "connect"> = {
  connect: (to, signal) =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port: "port" in to ? to.port : 0, signal });
      socket.once("connect", () => resolve(socket)).once("error", reject);
    }),
};

const servers: { close(): unknown }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  servers.push({ close: () => server.close() && server.closeAllConnections() });
  return listen(server);
}
async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}
const ask = (port: number, path = "/health", timeoutMs = 2_000) => askOnce(host, { port, path, timeoutMs });

test("an answer comes with its status, time and the start of its body", async () => {
  const port = await serve((request, response) => response.end(`you asked ${request.url}`));
  const probe = await ask(port, "/health?deep=1");
  expect(probe).toMatchObject({ ok: true, status: 200, bodyStart: "you asked /health?deep=1", error: null, port });
  expect(probe.durationMs).toBeGreaterThan(0);
});

test.each([[500], [404], [301]])("%i is not healthy, and is told as it is", async (status) => {
  const port = await serve((_, response) => response.writeHead(status, { location: "/elsewhere" }).end("no"));
  expect(await ask(port)).toMatchObject({ ok: false, status, bodyStart: "no" });
});

test("only the start of an endless body is read", async () => {
  const port = await serve((_, response) => {
    const timer = setInterval(() => response.write("x".repeat(1_000)), 1);
    response.on("close", () => clearInterval(timer));
  });
  const probe = await ask(port);
  expect(probe.ok).toBe(true);
  expect(probe.bodyStart).toHaveLength(1_024);
});

test("nobody listening, and something that speaks no HTTP, have their own codes", async () => {
  const port = await serve(() => {});
  for (const server of servers.splice(0)) server.close();
  expect(await ask(port)).toMatchObject({ ok: false, status: null, error: "ECONNREFUSED" });

  const server = createTcpServer((socket) => socket.end("SSH-2.0-OpenSSH\r\n"));
  servers.push(server);
  expect(await ask(await listen(server))).toMatchObject({
    ok: false,
    status: null,
    error: expect.stringMatching(/^HPE_/),
  });
});

test("one that takes the connection and says nothing ends with the time-out", async () => {
  const port = await serve(() => {});
  expect(await ask(port, "/", 100)).toMatchObject({ ok: false, status: null, error: "TIMEOUT" });
});
