import { appendFile, mkdir, mkdtemp, open, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LocalHost } from "@/lib/hosts/local-host";
import type { OutputPiece } from "../driver";
import { followLog } from "./logs";
import { RotatingLog } from "./supervisor/rotating-log";

let base: string;
let log: string;
let abort: AbortController;

beforeEach(async () => {
  abort = new AbortController();
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
  // Longer than the file that was read before: its length reveals nothing.
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

const numbered = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => `${String(from + n).padStart(9, "0")} ${"x".repeat(89)}\n`);

test("what was rotated away before it was read is a gap of as many lines, at its place", async () => {
  const writer = new RotatingLog(log, 1_000);
  for (const line of numbered(0, 12)) writer.write(line);
  const lines: string[] = [];
  const following = (async () => {
    for await (const { text } of follow(100, true)) lines.push(text.slice(0, 40));
  })();
  await expect.poll(() => lines.length).toBe(12);
  for (const [from, to] of [
    [12, 14],
    [14, 96],
    [96, 97],
    [97, 161],
  ] as const) {
    // All lines together: no reader runs in between.
    for (const line of numbered(from, to)) writer.write(line);
    await expect.poll(() => Number(lines.at(-1)?.slice(0, 9))).toBe(to - 1);
  }
  writer.close();
  abort.abort();
  await following;
  // Of each burst, the three older files and the newest are kept.
  const expected = (from: number, to: number) => numbered(from, to).map((line) => line.slice(0, 40));
  expect(lines).toEqual([
    ...expected(0, 14),
    "[landfall] 46 lines were left out",
    ...expected(60, 97),
    "[landfall] 33 lines were left out",
    ...expected(130, 161),
  ]);
});

test("a service that is silent after its log was rotated has lost nothing", async () => {
  const writer = new RotatingLog(log, 1_000);
  writer.write("1\n");
  const lines: string[] = [];
  const following = (async () => {
    for await (const { text } of follow(100, true)) lines.push(text.slice(0, 9));
  })();
  await expect.poll(() => lines).toEqual(["1"]);
  for (const line of numbered(2, 12)) writer.write(line);
  await expect.poll(() => Number(lines.at(-1))).toBe(11);
  const other: string[] = [];
  const otherFollowing = (async () => {
    for await (const { text } of follow(1, true)) other.push(text.slice(0, 9));
  })();
  await expect.poll(() => other).toEqual(["000000011"]);
  for (const line of numbered(12, 23)) writer.write(line);
  await expect.poll(() => [lines.at(-1), other.at(-1)]).toEqual(["000000022", "000000022"]);
  writer.close();
  abort.abort();
  await Promise.all([following, otherFollowing]);
  expect(lines.map(Number)).toEqual(Array.from({ length: 22 }, (_, n) => n + 1));
  expect(other.map(Number)).toEqual(Array.from({ length: 12 }, (_, n) => n + 11));
});
