import { mkdir, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { keepSecretKey } from "./secret-key";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "landfall-key-"));
});
afterEach(() => rm(directory, { recursive: true }));

test("is made once, kept, and its owner's alone", async () => {
  const file = keepSecretKey(directory);
  const key = await readFile(file, "utf8");
  expect(key).toMatch(/^[0-9a-f]{64}\n$/);
  expect(keepSecretKey(directory)).toBe(file);
  expect(await readFile(file, "utf8")).toBe(key);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test("is never made anew beside a database that was sealed with another", async () => {
  await mkdir(join(directory, "postgres"));
  expect(() => keepSecretKey(directory)).toThrow(expect.objectContaining({ code: "cannot-start" }));
});
