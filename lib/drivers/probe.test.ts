import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { LocalHost } from "@/lib/hosts/local-host";
import { exchange } from "./http-exchange";
import { describeProbe, probe } from "./probe";

const host = new LocalHost();
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function serve(handler: RequestListener): Promise<number> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => server.close().closeAllConnections());
  return (server.address() as AddressInfo).port;
}

const SLOW = { status: null, error: "no answer within 300 ms" };
const FULL = { status: null, error: "HPE_HEADER_OVERFLOW" };
function repeating(first: string, text: string) {
  return (socket: Socket) => {
    socket.write(first);
    return setInterval(() => socket.write(text), 5);
  };
}

const ask = (port: number, timeoutMs = 2_000, signal = new AbortController().signal) =>
  probe(host, { address: { port }, path: "/health?deep=1", timeoutMs, signal });

test("a good answer has its status, its time and the beginning of its body", async () => {
  const port = await serve((request, response) => response.end(request.url?.padEnd(2_000, ".")));
  const answer = await ask(port);
  expect(answer).toMatchObject({ ok: true, status: 200, error: null });
  expect(answer.body).toHaveLength(512);
  expect(answer.body).toMatch(/^\/health\?deep=1\./);
  expect(describeProbe(answer)).toMatch(/^200 in \d+ ms$/);
});

test.each([301, 302, 404, 500, 503])("%i is not good, and a redirect is not followed", async (status) => {
  const port = await serve((_, response) => response.writeHead(status).end("database\nis\u0000 away "));
  const answer = await ask(port);
  expect(answer).toMatchObject({ ok: false, status });
  expect(describeProbe(answer)).toMatch(new RegExp(`^${status} in \\d+ ms: database is away$`));
});

test("a redirect says where it leads", async () => {
  const port = await serve((_, response) => response.writeHead(301, { location: "https://shop.example.com/" }).end());
  const answer = await ask(port);
  expect(answer).toMatchObject({ ok: false, status: 301, location: "https://shop.example.com/" });
  expect(describeProbe(answer)).toMatch(/^301 in \d+ ms: to https:\/\/shop\.example\.com\/$/);
});

test("nobody there, silence and garbage are told apart", async () => {
  expect(await ask(await host.freePort())).toMatchObject({ ok: false, status: null, error: "ECONNREFUSED" });
  expect(await ask(await serve(() => {}), 80)).toMatchObject({
    ok: false,
    status: null,
    error: "no answer within 80 ms",
  });
  expect(await ask(await serve((_, response) => response.socket?.end("nonsense\r\n\r\n")))).toMatchObject({
    ok: false,
    status: null,
  });
});

test("an endless body is not waited for", async () => {
  const port = await serve((_, response) => {
    const timer = setInterval(() => response.write("x".repeat(200)), 5);
    response.once("close", () => clearInterval(timer));
  });
  expect(await ask(port)).toMatchObject({ ok: true, status: 200 });
});

/** Raw bytes, for answers that no library would send. Ends with the connection. */
const RAW: [what: string, answer: string | ((socket: Socket) => NodeJS.Timeout), expected: object][] = [
  ["another protocol follows", "HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n", { status: 101 }],
  ["no protocol at all", "SSH-2.0-OpenSSH_9.2\r\n", { status: null, error: "HPE_INVALID_CONSTANT" }],
  ["hints without end", repeating("", "HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n"), SLOW],
  ["headers without end", repeating("HTTP/1.1 200 OK\r\n", `X: ${"a".repeat(9_000)}\r\n`), FULL],
  ["a body byte by byte", repeating("HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n", "a"), SLOW],
  ["trailers without end", repeating("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "a: b\r\n"), SLOW],
  [
    "metadata elsewhere",
    "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n",
    { status: 302 },
  ],
];

test.each(RAW)("a hostile answer holds nobody up and leads nowhere: %s", async (_, answer, expected) => {
  const server = createTcpServer((socket) => {
    socket.on("error", () => {}); // the client may close first
    if (typeof answer === "string") return void socket.write(answer);
    const timer = answer(socket);
    socket.once("close", () => clearInterval(timer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => server.close());
  expect(await ask((server.address() as AddressInfo).port, 300)).toMatchObject({ ok: false, ...expected });
});

test("a cancelled probe rejects", async () => {
  const abort = new AbortController();
  const asked = ask(await serve(() => {}), 5_000, abort.signal);
  setTimeout(() => abort.abort(new Error("cancelled")), 20);
  await expect(asked).rejects.toThrow("cancelled");
});

test("an exchange that is too late says so, before the answer and within it; one that is given up says why", async () => {
  const silent = await serve(() => {});
  const half = await serve((_, response) => response.writeHead(200).write("half"));
  const asked = (port: number, timeoutMs: number, signal?: AbortSignal) =>
    exchange(host, { port }, { path: "/", timeoutMs, ...(signal && { signal }) });
  for (const port of [silent, half]) await expect(asked(port, 100)).rejects.toMatchObject({ name: "TimeoutError" });
  const givenUp = new AbortController();
  const answer = asked(half, 60_000, givenUp.signal);
  givenUp.abort(new Error("cancelled by a person"));
  await expect(answer).rejects.toThrow("cancelled by a person");
});
