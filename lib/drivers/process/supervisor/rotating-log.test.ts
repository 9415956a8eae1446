import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { logNumbersFile, parseLogNumbers } from "../log-numbers";
import { RotatingLog } from "./rotating-log";

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "landfall-log-"));
  path = join(folder, "log", "output.log");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function logFiles(): Promise<string[]> {
  return (await readdir(join(folder, "log"))).filter((name) => !name.includes("numbers")).sort();
}

/** For each file, oldest first: the recorded number of earlier lines, and the number in its first line. */
async function numbered(): Promise<[number | undefined, number][]> {
  const numbers = parseLogNumbers(await readFile(logNumbersFile(path), "utf8"));
  const files = (await logFiles()).reverse().map(async (name): Promise<[number | undefined, number]> => {
    const file = join(folder, "log", name);
    return [numbers.get(String((await stat(file)).ino)), Number.parseInt(await readFile(file, "utf8"), 10)];
  });
  return Promise.all(files);
}

test("how many lines came before each file is noted, also by the supervisor that comes next", async () => {
  const first = new RotatingLog(path, 1_000);
  const write = (log: RotatingLog, from: number, to: number) => {
    for (let line = from; line < to; line += 1) log.write(`${String(line).padStart(9, "0")} ${"x".repeat(89)}\n`);
    log.close();
  };
  write(first, 0, 75);
  await expect.poll(async () => (await all()).split("\n").length).toBe(36);
  expect(await numbered()).toEqual([40, 50, 60, 70].map((line) => [line, line]));
  write(new RotatingLog(path, 1_000), 75, 91);
  await expect.poll(async () => (await all()).split("\n").length).toBe(32);
  expect(await numbered()).toEqual([60, 70, 80, 90].map((line) => [line, line]));
  await rm(logNumbersFile(path));
  const unnumbered = new RotatingLog(path, 1_000);
  write(unnumbered, 91, 101);
  await expect.poll(async () => (await all()).split("\n").length).toBe(32);
  expect((await numbered()).map(([before]) => before)).toEqual([undefined, undefined, 0, 10]);
});

async function all(): Promise<string> {
  const names = (await logFiles()).reverse();
  return (await Promise.all(names.map((name) => readFile(join(folder, "log", name), "utf8")))).join("");
}

test("rotates by size, keeps three older files and loses nothing of them", async () => {
  const log = new RotatingLog(path, 1_000);
  for (let line = 0; line < 90; line += 1) log.write(`${String(line).padStart(9, "0")} ${"x".repeat(89)}\n`);
  log.close();
  await expect.poll(async () => (await all()).split("\n").length).toBe(31);
  expect(await logFiles()).toEqual(["output.log.1", "output.log.2", "output.log.3"]);
  const numbers = (await all())
    .split("\n")
    .filter(Boolean)
    .map((line) => Number(line.slice(0, 9)));
  expect(numbers).toEqual(Array.from({ length: 30 }, (_, index) => index + 60));
});

test("goes on where an earlier supervisor stopped, and is for its owner only", async () => {
  const first = new RotatingLog(path);
  first.write("one\n");
  first.close();
  await expect.poll(all).toBe("one\n");
  const second = new RotatingLog(path);
  second.write("two\n");
  second.close();
  await expect.poll(all).toBe("one\ntwo\n");
  expect((await stat(path)).mode & 0o077).toBe(0);
});

test("asks a fast writer to wait, and says when to go on", async () => {
  const log = new RotatingLog(path);
  const resumed = Promise.withResolvers<void>();
  const chunk = Buffer.alloc(1024 * 1024, "x");
  expect(log.write(chunk, resumed.resolve)).toBe(false);
  await resumed.promise;
  log.close();
  await expect.poll(async () => (await stat(path)).size).toBe(chunk.length);
});
