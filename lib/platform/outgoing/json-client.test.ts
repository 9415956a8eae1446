import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { backoffMs, isWorthRepeating, JsonClient } from "./json-client";

process.env.DATABASE_URL ??= "postgres://nobody@127.0.0.1:1/none";
process.env.LANDFALL_SECRET_KEY ??= "0".repeat(64);
process.env.LANDFALL_LOG_LEVEL = "silent";

const servers: { close(): void }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push({
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Answers with the given statuses in order, and repeats the last one. */
async function serveStatuses(...statuses: number[]) {
  const asked: IncomingMessage[] = [];
  const baseUrl = await serve((request, response) => {
    asked.push(request);
    const status = statuses[Math.min(asked.length, statuses.length) - 1] ?? 500;
    response
      .writeHead(status, { "retry-after": "0", "content-type": "application/json" })
      .end(JSON.stringify({ status }));
  });
  return { baseUrl, asked };
}

const call = { method: "GET", path: "/things", tries: 5, timeoutMs: 2_000 } as const;

test("a server that was ill for a moment is asked again", async () => {
  const { baseUrl, asked } = await serveStatuses(503, 429, 200);
  const client = new JsonClient({ name: "things", baseUrl: `${baseUrl}/`, token: "t0ken" });
  expect(await client.call(call)).toMatchObject({ status: 200, body: { status: 200 } });
  expect(asked.map((request) => request.url)).toEqual(["/things", "/things", "/things"]);
  expect(asked[0]?.headers.authorization).toBe("Bearer t0ken");
});

test.each([[400], [401], [404], [409], [422]])("%i is an answer and is not asked for twice", async (status) => {
  const { baseUrl, asked } = await serveStatuses(status);
  expect((await new JsonClient({ name: "things", baseUrl }).call(call)).status).toBe(status);
  expect(asked).toHaveLength(1);
});

test("where a repeat is not safe there is one try", async () => {
  const { baseUrl, asked } = await serveStatuses(503, 200);
  expect((await new JsonClient({ name: "things", baseUrl }).call({ ...call, tries: 1 })).status).toBe(503);
  expect(asked).toHaveLength(1);
});

test("five failures in a row open the circuit; one good trial closes it", async () => {
  const { baseUrl, asked } = await serveStatuses(500, 500, 500, 500, 500, 200);
  const client = new JsonClient({ name: "things", baseUrl, openMs: [100] });
  expect(client.circuit).toBe("closed");
  expect((await client.call(call)).status).toBe(500);
  expect(client.circuit).toBe("open");
  await expect(client.call({ ...call, tries: 1 })).rejects.toThrow();
  expect(asked).toHaveLength(5);

  await expect.poll(async () => (await client.call({ ...call, tries: 1 }).catch(() => null))?.status).toBe(200);
  expect(client.circuit).toBe("closed");
});

test("an open circuit is not waited for", async () => {
  const { baseUrl } = await serveStatuses(500);
  const client = new JsonClient({ name: "things", baseUrl });
  for (let tries = 0; tries < 5; tries++) await client.call({ ...call, tries: 1 });
  expect(client.circuit).toBe("open");
  const startedMs = performance.now();
  await expect(client.call(call)).rejects.toThrow();
  expect(performance.now() - startedMs).toBeLessThan(4_000); // the retry comes after five seconds, at the earliest
});

test("a server that takes the question and says nothing ends with the time-out", async () => {
  const baseUrl = await serve(() => {});
  const client = new JsonClient({ name: "things", baseUrl });
  await expect(client.call({ ...call, tries: 1, timeoutMs: 100 })).rejects.toMatchObject({ name: "TimeoutError" });
});

test("an abort ends the waiting between two tries", async () => {
  const baseUrl = await serve((_, response) => response.writeHead(503, { "retry-after": "60" }).end());
  const client = new JsonClient({ name: "things", baseUrl });
  await expect(client.call({ ...call, signal: AbortSignal.timeout(150) })).rejects.toThrow();
});

test("an answer that is not JSON is null", async () => {
  const baseUrl = await serve((_, response) => response.end("<html>"));
  expect(await new JsonClient({ name: "things", baseUrl }).call(call)).toMatchObject({ status: 200, body: null });
});

test("only what may go better by itself is repeated", () => {
  expect([429, 500, 502, 503, 504].every(isWorthRepeating)).toBe(true);
  expect([200, 301, 400, 401, 403, 404, 409, 422].some(isWorthRepeating)).toBe(false);
});

test("waits double from one second to sixteen", () => {
  const longest = [1, 2, 3, 4, 5, 6].map((tries) => backoffMs(tries, null, { random: () => 1 }));
  expect(longest).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 16_000]);
  expect(backoffMs(3, null, { random: () => 0 })).toBe(2_000);
});

test("a server that says when gets its way, within reason", () => {
  expect(backoffMs(1, "7")).toBe(7_000);
  expect(backoffMs(1, "0")).toBe(0);
  expect(backoffMs(1, "86400")).toBe(60_000);
  const soon = backoffMs(1, new Date(Date.now() + 5_000).toUTCString());
  expect(soon).toBeGreaterThan(3_000);
  expect(soon).toBeLessThanOrEqual(5_000);
  expect(backoffMs(1, "later", { random: () => 1 })).toBe(1_000);
});
