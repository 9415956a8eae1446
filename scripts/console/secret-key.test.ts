import { mkdir, mkdtemp, rm, stat } from "node:fs/promises";
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
  const key = keepSecretKey(directory);
  expect(key).toMatch(/^[0-9a-f]{64}$/);
  expect(keepSecretKey(directory)).toBe(key);
  expect((await stat(join(directory, "secret.key"))).mode & 0o777).toBe(0o600);
});

test("is never made anew beside a database that was sealed with another", async () => {
  await mkdir(join(directory, "postgres"));
  expect(() => keepSecretKey(directory)).toThrow(expect.objectContaining({ code: "cannot-start" }));
});
