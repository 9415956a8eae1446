import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { everyItem } from "./paged";

const thing = (n: number) => ({
  name: `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`,
  valid: true,
  available: true,
});

test("a choice knows what is on the last page too", async ({ onTestFinished }) => {
  const all = Array.from({ length: 230 }, (_, n) => thing(n));
  const asked: string[] = [];
  const server = createServer(({ url = "" }, response) => {
    asked.push(url);
    const { searchParams } = new URL(url, "http://localhost");
    const from = all.findIndex(({ name }) => name === searchParams.get("after")) + 1;
    const items = all.slice(from, from + Number(searchParams.get("limit")));
    const next = from + items.length < all.length ? items.at(-1)?.name : null;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ items, next }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const browserFetch = globalThis.fetch;
  const { port } = server.address() as AddressInfo;
  globalThis.fetch = (path, init) => browserFetch(new URL(String(path), `http://127.0.0.1:${port}`), init);
  onTestFinished(() => {
    globalThis.fetch = browserFetch;
    server.close().closeAllConnections();
  });

  await expect(everyItem("/things", "StackNameCheck", AbortSignal.timeout(60_000))).resolves.toEqual(all);
  expect(asked).toEqual([
    "/api/things?limit=100",
    `/api/things?after=${thing(99).name}&limit=100`,
    `/api/things?after=${thing(199).name}&limit=100`,
  ]);
});
