import { once } from "node:events";
import { createServer, type RequestListener, request } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeAll, expect, test } from "vitest";
import { guardServers } from "./server-gate";

beforeAll(() => guardServers({ requestMs: 50, uploadMs: 3_600_000 })); // vitest calls the returned function at the end
const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function listening(
  listener: RequestListener,
): Promise<{ port: number; server: ReturnType<typeof createServer> }> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, server };
}

async function ask(port: number, method: string, path: string, headers: Record<string, string> = {}) {
  const asked = request({ port, host: "127.0.0.1", method, path, headers }).end();
  const [answered] = await once(asked, "response");
  const body = await text(answered);
  return { status: answered.statusCode, headers: answered.headers, body };
}

const next: RequestListener = (asked, response) => {
  if (asked.url === "/api/ours") return response.writeHead(409, { "x-request-id": "a" }).end("ours");
  if (asked.method === "OPTIONS") return response.writeHead(204, { allow: "GET, HEAD, OPTIONS, POST" }).end();
  if (asked.url?.startsWith("/api/fine")) return response.end("fine");
  response.statusCode = Number(/\d{3}/.exec(asked.url ?? "")?.[0]);
  response.setHeader("content-type", "text/html");
  // As compression does: the head is sent first, through a wrapped writeHead.
  const { writeHead } = response;
  response.writeHead = ((status: number) => writeHead.call(response, status)) as typeof writeHead;
  response.writeHead(response.statusCode);
  response.flushHeaders();
  response.write("<h1>");
  response.end("of Next</h1>");
};

/** Methods that the address refuses, not the gate. */
const asksNext = new Set(["GET", "PUT"]);

test.each([
  ["TRACE", "/services", 405, "method-not-allowed"],
  ["PROPFIND", "/api/services", 405, "method-not-allowed"],
  ["GET", "/api/services/%", 400, "malformed-address"],
  ["GET", "/services/%ff", 400, "malformed-address"],
  ["GET", "/%c0%af", 400, "malformed-address"],
  ["GET", "/api/services/%00", 400, "malformed-address"],
  ["PUT", "/api/405", 405, "method-not-allowed"],
  ["GET", "/api/404", 404, "not-found"],
  ["GET", "/api/400", 400, "invalid-request"],
  ["GET", "/health/405", 405, "method-not-allowed"],
  ["GET", "/api/500", 500, "internal"],
])("%s %s is a problem", async (method, path, status, code) => {
  const { port } = await listening(next);
  const answered = await ask(port, method, path, { "accept-language": "nl" });
  expect(answered.status).toBe(status);
  expect(answered.headers["content-type"]).toBe("application/problem+json");
  expect(JSON.parse(answered.body)).toMatchObject({ status, code, requestId: answered.headers["x-request-id"] });
  if (status === 405)
    expect(answered.headers.allow).toContain(asksNext.has(method) ? "GET, HEAD, OPTIONS, POST" : "PATCH");
});

test("what is answered by us, or well, or as a page, is as it was", async () => {
  const { port } = await listening(next);
  expect(await ask(port, "GET", "/api/ours")).toMatchObject({ status: 409, body: "ours" });
  expect(await ask(port, "GET", "/api/fine?x=%")).toMatchObject({ status: 200, body: "fine" });
  expect(await ask(port, "GET", "/services/404")).toMatchObject({ status: 404, body: "<h1>of Next</h1>" });
  expect((await ask(port, "HEAD", "/api/404")).body).toBe("");
});

test("a body that does not arrive in time ends its request; an archive has an hour", async () => {
  const { port, server } = await listening((asked, response) => {
    asked.resume().once("end", () => response.end("whole"));
  });
  const slowly = (path: string) => {
    const socket = connect(port, "127.0.0.1");
    socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n1`);
    return socket;
  };
  const answered = await text(slowly("/api/services"));
  expect(answered).toMatch(/^HTTP\/1\.1 408 /);
  expect(answered).toContain('"code":"request-timeout"');
  const upload = slowly("/api/uploads");
  await text(slowly("/api/services")); // one more full period
  upload.write("2");
  expect(await text(upload)).toMatch(/^HTTP\/1\.1 200 /);
  expect(server.requestTimeout).toBe(3_600_000);
});
