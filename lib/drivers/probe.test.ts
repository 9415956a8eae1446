import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { LocalHost } from "@/lib/hosts/local-host";
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
  const port = await serve((_, response) =>
    response.writeHead(status, { location: "/elsewhere" }).end("database\nis\u0000 away "),
  );
  const answer = await ask(port);
  expect(answer).toMatchObject({ ok: false, status });
  expect(describeProbe(answer)).toMatch(new RegExp(`^${status} in \\d+ ms: database is away$`));
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

test("a cancelled probe rejects", async () => {
  const abort = new AbortController();
  const asked = ask(await serve(() => {}), 5_000, abort.signal);
  setTimeout(() => abort.abort(new Error("cancelled")), 20);
  await expect(asked).rejects.toThrow("cancelled");
});
