import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { api, toSearch } from "./api";

let server: Server;
let answer: { status: number; type: string; body: string };
let asked: { method?: string; url?: string; type?: string; key?: string; body: string };
const browserFetch = globalThis.fetch;

beforeEach(async () => {
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const { method, url, headers } = request;
      const key = headers["idempotency-key"]?.toString();
      asked = { method, url, type: headers["content-type"], key, body: Buffer.concat(parts).toString() };
      response.writeHead(answer.status, { "content-type": answer.type }).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  globalThis.fetch = (path, init) => browserFetch(new URL(String(path), `http://127.0.0.1:${port}`), init);
});

afterEach(() => {
  globalThis.fetch = browserFetch;
  server.close();
});

test("an answer is checked and given", async () => {
  answer = { status: 200, type: "application/json", body: `{"value":"hello","more":1}` };
  await expect(api.get("/things", "Revealed", { query: { state: "failed", after: null } })).resolves.toEqual({
    value: "hello",
  });
  expect(asked).toMatchObject({ method: "GET", url: "/api/things?state=failed" });
});

test("a body is JSON and carries its idempotency key", async () => {
  answer = { status: 202, type: "application/json", body: `{"value":"hello"}` };
  await api.post("/things", "Revealed", { a: 1 }, { idempotencyKey: "k1" });
  expect(asked).toEqual({ method: "POST", url: "/api/things", type: "application/json", key: "k1", body: `{"a":1}` });
});

test("problem+json becomes a problem with its code, sentence and fields", async () => {
  const fields = [{ path: ["port"], code: "port-taken", message: "Port 80 is taken." }];
  const body = JSON.stringify({ code: "port-taken", detail: "Port 80 is taken.", cause: "EADDRINUSE", fields });
  answer = { status: 409, type: "application/problem+json", body };
  await expect(api.get("/things", "Revealed")).rejects.toMatchObject({
    code: "port-taken",
    status: 409,
    sentence: "Port 80 is taken.",
    machine: "EADDRINUSE",
    fields,
  });
});

test("an error page of something in between, and an answer outside the contract, are unexpected", async () => {
  answer = { status: 502, type: "text/html", body: "<h1>Bad gateway</h1>" };
  await expect(api.get("/things", "Revealed")).rejects.toMatchObject({ code: "unexpected", status: 502 });
  answer = { status: 200, type: "application/json", body: `{"value":1}` };
  await expect(api.get("/things", "Revealed")).rejects.toMatchObject({ code: "unexpected", status: 200 });
});

test("no server at all is offline, but an abandoned request stays abandoned", async () => {
  await new Promise((resolve) => server.close(resolve));
  await expect(api.get("/things", "Revealed")).rejects.toMatchObject({ code: "offline", status: 0 });
  await expect(api.get("/things", "Revealed", { signal: AbortSignal.abort() })).rejects.toMatchObject({
    name: "AbortError",
  });
});

test("a query without values is no query", () => {
  expect(toSearch({ a: undefined, b: "" })).toBe("");
  expect(toSearch({ a: "x y", b: 0 })).toBe("?a=x+y&b=0");
});
