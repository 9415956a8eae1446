import { appendFile, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LocalHost } from "@/lib/hosts/local-host";
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

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all;
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

test("follows across a rotation and joins a line that came in parts", async () => {
  await writeFile(log, "1\n");
  const lines: string[] = [];
  const following = (async () => {
    for await (const line of follow(10, true)) lines.push(line);
  })();
  await expect.poll(() => lines).toEqual(["1"]);
  await appendFile(log, "2\nthr");
  await expect.poll(() => lines).toEqual(["1", "2"]);
  await appendFile(log, "ee\n4\n");
  await rename(log, `${log}.1`);
  await writeFile(log, "5\n");
  await expect.poll(() => lines, { timeout: 3_000 }).toEqual(["1", "2", "three", "4", "5"]);
  abort.abort();
  await following;
});
