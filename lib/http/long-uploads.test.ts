import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { allowLongUploads } from "./long-uploads";

test("from the first request on, a server of this process gives a request an hour", async () => {
  allowLongUploads();
  const server = createServer((_, response) => response.end("ok")).listen(0, "127.0.0.1");
  await once(server, "listening");
  expect(server.requestTimeout).toBe(300_000);
  const { port } = server.address() as AddressInfo;
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("ok");
  expect(server.requestTimeout).toBe(3_600_000);
  server.close();
});
