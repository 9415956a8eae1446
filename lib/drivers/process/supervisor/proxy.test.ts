import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { freePort } from "@/lib/hosts/free-port";
import { NOTHING_CUT } from "../../cut-short";
import { oldAssetsDirectory } from "../../release-layout";
import { Service } from "./service";
import { testRelease } from "./test-release";

let base: string;
let port: number;
let service: Service;
const sockets = new Set<Socket>();

/** Answers with its release and the request it received, and does what the path says. */
const handler = (name: string) => `
  const { method, url, headers } = request;
  if (url === '/big') return response.writeHead(200, { 'x-big': 'b'.repeat(60 * 1024), 'content-length': 2 }).end('ok');
  if (url === '/refuse') return (refused = request), response.writeHead(413, { 'content-length': 3 }).end('big');
  if (url === '/drop') return refused.socket.destroy(), response.end('dropped');
  if (url === '/events') return response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
  if (url.includes('.js') || url.endsWith('static/')) return response.writeHead(404, { 'x-live': '1' }).end('not here');
  if (url.startsWith('/die')) return request.socket.destroy();
  if (url === '/half') return response.writeHead(200, { 'content-length': 9 }).write('half') && setTimeout(() => request.socket.destroy(), 20);
  if (url === '/odd') return response.socket.end('HTTP/1.1 042 Odd\\r\\nContent-Length: 0\\r\\n\\r\\n');
  if (url === '/slow') return setTimeout(() => response.end('slow ${name};'), 100);
  let body = '';
  request.on('data', (chunk) => body += chunk).on('end', () => {
    if (method === 'HEAD') return response.writeHead(200).end();
    const told = JSON.stringify({ method, headers, body, trailers: request.trailers });
    response.writeHead(200, { Trailer: 'x-sum', 'x-hop': '1', Connection: 'keep-alive, x-hop' });
    response.write(told);
    response.addTrailers({ 'x-sum': 'seven' });
    response.end('${name};');
  });`;
/** Agrees to \`echo\` alone; its limit of 64 KiB for headers is for the requests of this test. */
const before = `
  let refused;
  const create = http.createServer;
  http.createServer = (handle) => {
    const server = create({ maxHeaderSize: 65536 * 2, shouldUpgradeCallback: ({ headers }) => headers.upgrade === 'echo' }, handle);
    return server;
  };`;

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), "landfall-proxy-"));
  port = await freePort();
  service = new Service({ name: "web", base, changed: () => {} });
  for (const name of ["one", "two"]) {
    const spec = await testRelease(base, name, port, handler(name), before);
    await service.startRelease(name, name === "one" ? { ...spec, keepsAssets: true } : spec);
    await vi.waitUntil(() => addressOf(name), { timeout: 30_000, interval: 5 });
  }
});
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
});
afterAll(async () => {
  await service.stop(0);
  await rm(base, { recursive: true, force: true });
});

const addressOf = (id: string) => service.status().releases.find((release) => release.id === id)?.address;

/** A client that writes and reads raw bytes. */
async function client() {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true }).setEncoding("utf8").setNoDelay(true);
  sockets.add(socket);
  const seen = { text: "", isClosed: false };
  socket.on("data", (chunk: string) => {
    seen.text += chunk;
  });
  socket.on("end", () => {
    seen.isClosed = true;
  });
  socket.on("error", () => {});
  await new Promise((resolve) => socket.once("connect", resolve));
  const until = async (part: string | RegExp) => {
    await expect.poll(() => seen.text, { interval: 2 }).toMatch(part);
    const { text } = seen;
    seen.text = "";
    return text;
  };
  return { socket, seen, until };
}

const lines = (...head: string[]) => `${head.join("\r\n")}\r\n\r\n`;
const get = (...headers: string[]) => lines("GET / HTTP/1.1", "Host: shop", ...headers);

test.each([
  ["none", get()],
  ["Connection: keep-alive, X-Foo", get("Connection: keep-alive, X-Foo", "X-Foo: 1", "Keep-Alive: timeout=5")],
  ["Proxy-Connection", get("Proxy-Connection: keep-alive")],
  ["TE: trailers", get("Connection: TE", "TE: trailers")],
  ["Upgrade: h2c (Java)", get("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAEAAEAA")],
  ["Upgrade: h2, h2c (Apache)", get("Connection: Upgrade", "Upgrade: h2,h2c")],
  ["Upgrade: TLS/1.2", get("Connection: Upgrade", "Upgrade: TLS/1.2")],
  [
    "Upgrade: h2c, with a body",
    `${lines("POST / HTTP/1.1", "Host: shop", "Connection: Upgrade", "Upgrade: h2c", "Content-Length: 5")}hello`,
  ],
  [
    "Expect: 100-continue",
    `${lines("POST / HTTP/1.1", "Host: shop", "Expect: 100-continue", "Content-Length: 5")}hello`,
  ],
  [
    "Transfer-Encoding: chunked",
    `${lines("PUT / HTTP/1.1", "Host: shop", "Transfer-Encoding: chunked")}5\r\nhello\r\n0\r\n\r\n`,
  ],
])("a connection's next request goes to the new release, whatever header is sent: %s", async (_, bytes) => {
  await service.switchTo("one");
  const { socket, until, seen } = await client();
  socket.write(bytes);
  const first = await until(/one;/);
  expect(first).toMatch(/^HTTP\/1\.1 (100 Continue\r\n\r\nHTTP\/1\.1 )?200 OK/);
  expect(first).not.toMatch(/x-hop|keep-alive, /i);
  await service.switchTo("two");
  socket.write(bytes);
  expect(await until(/two;/)).toContain("200 OK");
  expect(seen.isClosed).toBe(false);
});

test("what belongs to one connection is not passed on, what the sender says of the request is", async () => {
  await service.switchTo("one");
  const { socket, until } = await client();
  const names = ["Connection: close, X-Foo, HTTP2-Settings", "X-Foo: 1", "HTTP2-Settings: AA", "Keep-Alive: 5"];
  socket.write(get(...names, "TE: gzip, trailers", "Upgrade: h2c", "Proxy-Connection: x", "X-Own: 2"));
  const told = await until(/one;/);
  expect(told).not.toMatch(/x-foo|http2-settings|"keep-alive":|"upgrade"|proxy-connection/i);
  expect(told).toContain('"x-own":"2"');
  expect(told).toContain('"te":"trailers"');
});

test("an answer that cannot be passed on is answered for, and one with a trailer it cannot have goes without", async () => {
  await service.switchTo("one");
  const { socket, until } = await client();
  socket.write(lines("GET /odd HTTP/1.1", "Host: shop"));
  expect(await until(/did not answer/)).toContain("502 Bad Gateway");
  socket.write(`${lines("POST / HTTP/1.1", "Host: shop", "Content-Length: 2", "Trailer: x-check")}ok`);
  expect(await until(/one;/)).toContain("200 OK");
  socket.write(lines("HEAD / HTTP/1.1", "Host: shop"));
  expect(await until(/\r\n\r\n$/)).toContain("200 OK");
});

test("trailers pass in both directions", async () => {
  await service.switchTo("one");
  const { socket, until } = await client();
  socket.write(lines("POST / HTTP/1.1", "Host: shop", "Transfer-Encoding: chunked", "Trailer: x-check"));
  socket.write("5\r\nhello\r\n0\r\nx-check: 42\r\n\r\n");
  const told = await until(/\r\n0\r\nx-sum: seven\r\n\r\n$/);
  expect(told).toContain('"body":"hello","trailers":{"x-check":"42"}');
  expect(told).toMatch(/\r\nTrailer: x-sum\r\n/);
});

test("HTTP/1.0 without a Host is served, and the connection ends with the answer", async () => {
  await service.switchTo("one");
  const { socket, until, seen } = await client();
  socket.write(lines("GET / HTTP/1.0"));
  expect(await until(/one;$/)).toContain("200 OK");
  await expect.poll(() => seen.isClosed).toBe(true);
});

test("requests that were sent one after another without waiting are answered in their order", async () => {
  await service.switchTo("one");
  const { socket, until } = await client();
  socket.write(lines("GET /slow HTTP/1.1", "Host: shop") + get("X-Own: second") + get("X-Own: third"));
  expect(await until(/third[\s\S]*one;/)).toMatch(/slow one;[\s\S]*second[\s\S]*one;[\s\S]*third/);
});

test("a client that has closed its direction still gets its answer", async () => {
  await service.switchTo("one");
  const { socket, until } = await client();
  socket.end(lines("GET /slow HTTP/1.1", "Host: shop"));
  expect(await until(/slow one;/)).toContain("200 OK");
});

test("headers of 60 KiB pass in both directions", async () => {
  await service.switchTo("one");
  const { socket, until } = await client();
  socket.write(get(`X-Big: ${"a".repeat(60 * 1024)}`));
  expect(await until(/one;/)).toContain("a".repeat(60 * 1024));
  socket.write(lines("GET /big HTTP/1.1", "Host: shop"));
  expect(await until(/ok$/)).toContain("b".repeat(60 * 1024));
});

test("an answer that comes before the upload is through arrives, and the connection is not stuck", async () => {
  await service.switchTo("one");
  const { socket, until } = await client();
  const half = "x".repeat(4 * 1024 * 1024);
  socket.write(lines("POST /refuse HTTP/1.1", "Host: shop", `Content-Length: ${2 * half.length}`));
  socket.write(half);
  expect(await until(/big$/)).toMatch(/^HTTP\/1\.1 413/);
  const other = await client();
  other.socket.write(lines("GET /drop HTTP/1.1", "Host: shop"));
  await other.until(/dropped/);
  socket.write(half);
  socket.write(get());
  expect(await until(/one;/)).toContain("200 OK");
});

test("a protocol that the release refuses is a request like any other, and does not keep its connection", async () => {
  await service.switchTo("one");
  const { socket, until, seen } = await client();
  socket.write(get("Connection: Upgrade", "Upgrade: other"));
  const told = await until(/one;/);
  expect(told).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*Connection: close/i);
  await expect.poll(() => seen.isClosed).toBe(true);
});

test("a protocol that it takes is bytes in both directions, from the first ones on", async () => {
  await service.switchTo("one");
  const { socket, until, seen } = await client();
  socket.write(`${get("Connection: Upgrade", "Upgrade: echo")}early`);
  expect(await until(/early$/)).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
  socket.end("late");
  await until(/late$/);
  await expect.poll(() => seen.isClosed).toBe(true);
});

test("a file of an earlier release is the answer only where the live one answers 404, and no other file is", async () => {
  const files = join(oldAssetsDirectory({ base, serviceName: "web" }), "files");
  await mkdir(join(files, "static/sub"), { recursive: true });
  for (const name of ["static/app 1.js", "static/.env.js", "static/plain", "../key.js", "../../other.js"])
    await writeFile(join(files, name), name);
  await symlink(join(files, "../key.js"), join(files, "static/link.js"));
  await service.switchTo("one");
  const { socket, until } = await client();
  const ask = async (target: string, ...headers: string[]) => {
    socket.write(lines(`${target} HTTP/1.1`, "Host: shop", ...headers));
    return until(
      target.startsWith("HEAD") || headers[0]?.startsWith("If-None") ? /\r\n\r\n$/ : /(not here|app 1\.js|one;)/,
    );
  };
  const answer = await ask("GET /static/app%201.js?v=2");
  expect(answer).toMatch(
    /^HTTP\/1\.1 200 OK[\s\S]*content-type: text\/javascript; charset=utf-8[\s\S]*static\/app 1\.js$/,
  );
  expect(answer).toContain("x-content-type-options: nosniff");
  expect(answer).not.toContain("x-live");
  expect(await ask("HEAD /static/app%201.js")).toContain("content-length: 15\r\n");
  const etag = /etag: (.*)\r/.exec(answer)?.[1];
  expect(await ask("GET /static/app%201.js", `If-None-Match: ${etag}`)).toMatch(/^HTTP\/1\.1 304/);
  const others = [
    "/static/link.js",
    "/static/.env.js",
    "/static/../../key.js",
    "/static/%2e%2e/%2e%2e/key.js",
    "/static/",
  ];
  const odd = [
    "/static/..%2f..%2fkey.js",
    "//static/app%201.js",
    "/static/app%201.js%00",
    "/%E0%A4.js",
    "/static/sub.js/",
    "http://[x.js",
  ];
  for (const path of [...others, ...odd]) expect(await ask(`GET ${path}`), path).toContain("404 Not Found");
  expect(await ask("POST /static/app%201.js", "Content-Length: 0")).toContain("404 Not Found");
  expect(await ask("GET /static/plain")).toContain("one;");
  await service.switchTo("two");
  expect(await ask("GET /static/app%201.js")).toContain("x-live");
});

test("why a request was not answered is in the service's log, without its query", async () => {
  await service.switchTo("one");
  const { socket, until } = await client();
  socket.write(lines("POST /die?token=geheim HTTP/1.1", "Host: shop", "Content-Length: 0"));
  expect(await until(/did not answer/)).toContain("502 Bad Gateway");
  const half = await client();
  half.socket.write(lines("GET /half HTTP/1.1", "Host: shop"));
  await expect.poll(() => half.seen.isClosed).toBe(true);
  const log = () => readFile(join(base, "web/log/output.log"), "utf8");
  await expect.poll(log).toMatch(/\[landfall\] POST \/die: no answer: (socket hang up|read ECONNRESET)\n/);
  await expect.poll(log).toMatch(/\[landfall\] GET \/half: the answer broke off: aborted\n/);
  expect(await log()).not.toContain("geheim");
});

test("what does not end in time is counted by its kind", async () => {
  await service.switchTo("two");
  expect(await service.stopRelease("one", { drainMs: 0 })).toEqual(NOTHING_CUT);
  const open = await Promise.all(Array.from({ length: 3 }, client));
  open[0]?.socket.write(lines("GET /events HTTP/1.1", "Host: shop"));
  open[1]?.socket.write(`${lines("POST / HTTP/1.1", "Host: shop", "Content-Length: 99")}begun`);
  open[2]?.socket.write(get("Connection: Upgrade", "Upgrade: echo"));
  await open[0]?.until(/event-stream/);
  await open[2]?.until(/101/);
  await service.startRelease("one", await testRelease(base, "one", port, handler("one"), before));
  await expect.poll(() => addressOf("one"), { interval: 5 }).toBeTruthy();
  await service.switchTo("one");
  const cut = await service.stopRelease("two", { drainMs: 50 });
  expect(cut).toEqual({ uploads: 1, streams: 1, connections: 1, requests: 0 });
  await expect
    .poll(() => readFile(join(base, "web/log/output.log"), "utf8"))
    .toContain("release two ends after 50 ms; cut short: 1 upload, 1 event stream, 1 open connection");
});
