import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { findMissing } from "./complete-lockfile.mjs";

test("the lockfile has a line for every package of every platform, so that npm ci takes it everywhere", async () => {
  const lock = JSON.parse(await readFile("package-lock.json", "utf8"));
  expect(
    findMissing(lock.packages).map(([path]) => path),
    "run: node scripts/complete-lockfile.mjs",
  ).toEqual([]);
});

test("a missing package gets its platform from its name", () => {
  const packages = {
    "node_modules/tool": {
      dev: true,
      optionalDependencies: { "@tool/linux-x64-musl": "1.2.3", "@tool/linux-x64": "1.2.3" },
    },
    "node_modules/@tool/linux-x64": {},
  };
  expect(findMissing(packages)).toEqual([
    [
      "node_modules/@tool/linux-x64-musl",
      { version: "1.2.3", os: ["linux"], cpu: ["x64"], libc: ["musl"], dev: true, optional: true },
    ],
  ]);
});
