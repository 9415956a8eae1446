import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LocalHost } from "./local-host";
import { unfinishedFile } from "./unfinished";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "landfall-unfinished-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** The id of a process that has ended. */
function goneProcess(): number {
  return spawnSync("true").pid;
}

test("what a killed process left of a file goes when the file is written again", async () => {
  const path = join(folder, "environment.json");
  const living = unfinishedFile(path, process.ppid);
  const other = unfinishedFile(join(folder, "other.json"), goneProcess());
  for (const file of [unfinishedFile(path, goneProcess()), living, other]) await writeFile(file, "half of a secr");
  await new LocalHost().writeFile(path, "whole");
  expect((await readdir(folder)).sort()).toEqual([basename(living), basename(other), "environment.json"].sort());
  expect(await readFile(path, "utf8")).toBe("whole");
});

test("and when the file is removed, though it never came to be", async () => {
  const path = join(folder, "environment.json");
  await writeFile(unfinishedFile(path, goneProcess()), "half of a secr");
  await new LocalHost().remove(path);
  expect(await readdir(folder)).toEqual([]);
});
