import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { GET } from "./route";

const get = (headers: Record<string, string> = {}) => GET(new Request("http://localhost/cli", { headers }));

test("anyone downloads the command line as one file, and a known version is not sent again", async () => {
  const response = await get();
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
  expect(response.headers.get("content-disposition")).toContain("landfall.mjs");
  const text = await response.text();
  expect(text).toBe(await readFile("dist/cli.mjs", "utf8"));
  expect(text).toMatch(/^#!\/usr\/bin\/env node\n/);
  const etag = response.headers.get("etag") ?? "";
  expect((await get({ "if-none-match": `W/${etag}` })).status).toBe(304);
  expect((await get({ "if-none-match": '"other"' })).status).toBe(200);
});
