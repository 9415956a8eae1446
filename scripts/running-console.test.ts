import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { claimDataDirectory, findRunningConsole, releaseDataDirectory } from "./running-console.mjs";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "landfall-claim-"));
});
afterEach(() => rm(directory, { recursive: true }));

async function pretend(change: object): Promise<void> {
  const file = join(directory, "console.json");
  await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, "utf8")), ...change }));
}

/** The start time of our parent, which is alive while the test runs. */
async function bornOfParent(): Promise<string | undefined> {
  const status = await readFile(`/proc/${process.ppid}/stat`, "utf8");
  return status.split(") ").at(-1)?.split(" ")[19];
}

test("a data directory belongs to one living console", async () => {
  expect(claimDataDirectory(directory, "http://localhost:3000")).toBe(true);
  await pretend({ pid: process.ppid, born: await bornOfParent() });
  expect(findRunningConsole(directory)).toMatchObject({ pid: process.ppid, address: "http://localhost:3000" });
  expect(claimDataDirectory(directory, "http://localhost:4000")).toBe(false);
  releaseDataDirectory(directory);
  expect(claimDataDirectory(directory, "http://localhost:4000")).toBe(true);
});

test("one that was killed leaves it free, also when its number belongs to another program by now", async () => {
  claimDataDirectory(directory, "http://localhost:3000");
  await pretend({ pid: process.ppid, born: "1" });
  expect(findRunningConsole(directory)).toBeUndefined();
  expect(claimDataDirectory(directory, "http://localhost:4000")).toBe(true);
});
