import { appendFile, mkdir, mkdtemp, open, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LocalHost } from "@/lib/hosts/local-host";
import type { OutputPiece } from "../driver";
import { followLog } from "./logs";

let base: string;
let log: string;
const abort = new AbortController();

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), "landfall-logs-"));
  log = join(base, "web", "log", "output.log");
  await mkdir(join(base, "web", "log"), { recursive: true });
});
afterEach(() => rm(base, { recursive: true, force: true }));

const follow = (tail: number, following: boolean) =>
  followLog({ host: new LocalHost(), base, serviceName: "web" }, { tail, follow: following, signal: abort.signal });

async function collect(lines: AsyncIterable<OutputPiece>): Promise<string[]> {
  return (await Array.fromAsync(lines)).map(({ text }) => text);
}

test("the newest lines, also from the file before the newest", async () => {
  await writeFile(`${log}.1`, "1\n2\n3\n");
  await writeFile(log, "4\n5\n");
  expect(await collect(follow(3, false))).toEqual(["3", "4", "5"]);
  expect(await collect(follow(100, false))).toEqual(["1", "2", "3", "4", "5"]);
});

test("a service that never wrote has no lines", async () => {
  expect(await collect(follow(10, false))).toEqual([]);
});

test("no lines asked for are no lines", async () => {
  await writeFile(log, "1\n2\n");
  expect(await collect(follow(0, false))).toEqual([]);
});

test("follows across rotations, joins a line that came in parts, and waits for what is written late", async () => {
  await writeFile(log, "1\n");
  const lines: string[] = [];
  const following = (async () => {
    for await (const { text } of follow(10, true)) lines.push(text);
  })();
  await expect.poll(() => lines).toEqual(["1"]);
  await appendFile(log, "2\nthr");
  await appendFile(log, "ee\n4\n");
  const late = await open(log, "a");
  await rename(log, `${log}.1`);
  // Longer than the one before was read: its length tells nothing.
  await writeFile(log, `5${"x".repeat(100)}\n`);
  await late.write("late\n");
  await late.close();
  await rename(`${log}.1`, `${log}.2`);
  await rename(log, `${log}.1`);
  await writeFile(log, "6\n");
  await expect.poll(() => lines.at(-1)).toBe("6");
  expect(lines.map((line) => line.slice(0, 5))).toEqual(["1", "2", "three", "4", "late", "5xxxx", "6"]);
  for (const age of [1, 2, 3]) await writeFile(`${log}.${age}`, `${age}\n`);
  await writeFile(`${log}.new`, "newest\n");
  await rename(`${log}.new`, log);
  await expect.poll(() => lines.at(-1)).toBe("newest");
  expect(lines.slice(7)).toEqual([expect.stringMatching(/^\[landfall\] .* left out$/), "3", "2", "1", "newest"]);
  abort.abort();
  await following;
});
