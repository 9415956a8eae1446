import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { afterEach, expect, test } from "vitest";
import * as z from "zod";
import { selfSigned } from "@/e2e/dokploy/certificate";
import { Console } from "./console";
import { followEvents } from "./events";
import { deploymentEvents } from "./follow";
import { Printed, unseen } from "./logs";

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function consoleAt(listener: RequestListener, retryForMs = 10_000): Promise<Console> {
  server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return new Console({ url, token: "lf_test" }, { retryForMs });
}
const Shape = z.object({ ok: z.boolean() });
const problem = (code: string, more: object = {}) =>
  JSON.stringify({ type: `/problems/${code}`, code, detail: "Said so.", fields: [], ...more });

test("a certificate that is not trusted is said as such, and not tried again", async () => {
  const secured = createTlsServer(selfSigned("localhost")).listen(0, "127.0.0.1");
  await once(secured, "listening");
  const { port } = secured.address() as AddressInfo;
  const asked = new Console({ url: `https://127.0.0.1:${port}`, token: "lf_test" }).get("/api/x", Shape);
  await expect(asked).rejects.toMatchObject({ exitCode: 4, message: expect.stringContaining("its certificate is") });
  secured.close();
  const gone = new Console({ url: `https://127.0.0.1:${port}`, token: "lf_test" }, { retryForMs: 0 });
  await expect(gone.get("/api/x", Shape)).rejects.toMatchObject({
    message: expect.stringContaining("nothing listens"),
  });
});

test("a request is repeated while the console is away, with the same key", async () => {
  const keys: unknown[] = [];
  const console = await consoleAt((request, response) => {
    keys.push(request.headers["idempotency-key"]);
    if (keys.length === 1) request.socket.destroy();
    else if (keys.length === 2) response.writeHead(502).end("<html>");
    else response.end('{"ok": true}');
  });
  expect(await console.post("/api/x", Shape, {})).toEqual({ ok: true });
  expect(new Set(keys).size).toBe(1);
  expect(keys).toHaveLength(3);
});

test.each([
  [502, problem("git-unreachable"), { exitCode: 1, message: "Said so." }],
  [403, problem("forbidden"), { exitCode: 3, status: 403 }],
  [401, problem("unauthenticated"), { exitCode: 3 }],
  [
    400,
    problem("invalid-request", { fields: [{ path: ["source", "kind"], message: "Wrong." }] }),
    { exitCode: 1, message: "Said so.\nsource.kind: Wrong." },
  ],
  [404, "<html>", { exitCode: 2, message: expect.stringContaining("check the address") }],
  [200, '{"other": 1}', { exitCode: 1, message: expect.stringContaining("/cli") }],
])("an answer of %d is not asked for again: %s", async (status, body, expected) => {
  let asked = 0;
  const console = await consoleAt((_request, response) => {
    asked += 1;
    response.writeHead(status).end(body);
  });
  await expect(console.get("/api/x", Shape)).rejects.toMatchObject(expected);
  expect(asked).toBe(1);
});

test("a token goes to no other address, and an absent console is said", async () => {
  const console = await consoleAt((_request, response) => {
    response.writeHead(308, { location: "https://elsewhere.example/api/x" }).end();
  });
  await expect(console.get("/api/x", Shape)).rejects.toThrow("leads to https://elsewhere.example");
  const nowhere = new Console({ url: "http://127.0.0.1:1", token: "lf_test" }, { retryForMs: 0 });
  await expect(nowhere.get("/api/x", Shape)).rejects.toMatchObject({ exitCode: 4 });
});

const frame = (id: number) =>
  `id: ${id}\nevent: warning\ndata: ${JSON.stringify({ type: "warning", problem: { code: "internal" } })}\n\n`;

test("events continue after the last one over connections that break, and repeat none", async () => {
  const asked: unknown[] = [];
  const console = await consoleAt((request, response) => {
    asked.push(request.headers["last-event-id"]);
    if (asked.length === 3) return void response.writeHead(503).end();
    if (asked.length === 5) return void response.writeHead(204).end();
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(frame(asked.length) + frame(asked.length + 1), () => request.socket.destroy());
  });
  const numbers: number[] = [];
  const view = { id: crypto.randomUUID(), lastEvent: 0, state: "running" } as const;
  for await (const { number } of deploymentEvents(console, view, new AbortController().signal)) numbers.push(number);
  expect(numbers).toEqual([1, 2, 3, 4, 5]);
  expect(asked).toEqual(["0", "2", "3", "3", "5"]);
});

test("a connection that is silent for too long is opened again", async () => {
  let asked = 0;
  const console = await consoleAt((_request, response) => {
    asked += 1;
    if (asked === 2) return void response.writeHead(204).end();
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(": hello\n\n");
  });
  const { signal } = new AbortController();
  const events = followEvents(console, { signal, next: () => ({ path: "/api/x" }), silentForMs: 50 });
  for await (const _ of events) expect.unreachable("it said nothing");
  expect(asked).toBe(2);
});

test("lines that were printed are recognised after a lost connection", () => {
  expect(unseen(["a", "b"], ["a", "b", "c"])).toEqual(["c"]);
  expect(unseen(["a", "b"], ["b", "c", "d"])).toEqual(["c", "d"]);
  expect(unseen(["a", "b"], ["a", "b"])).toEqual([]);
  expect(unseen(["a"], ["x", "y"])).toEqual(["x", "y"]);
  expect(unseen([], ["x"])).toEqual(["x"]);
  const lines: string[] = [];
  const printed = new Printed((line) => lines.push(line));
  for (const line of ["a", "b"]) printed.add(line);
  printed.resume();
  for (const line of ["a", "b", "c"]) printed.add(line);
  printed.settle();
  printed.add("d");
  expect(lines).toEqual(["a", "b", "c", "d"]);
});
