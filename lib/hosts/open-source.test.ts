import { execFileSync } from "node:child_process";
import { closeSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LocalHost } from "./local-host";
import { openSourceFile, readSourceFile } from "./open-source";
import { scanTree } from "./scan-tree";

let root = "";
let outside = "";
beforeEach(async () => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "landfall-open-")));
  [root, outside] = [join(folder, "source"), join(folder, "outside")];
  await mkdir(join(root, "folder"), { recursive: true });
  await mkdir(outside);
  await writeFile(join(root, "folder/a b\n"), "ours");
  await writeFile(join(outside, "a b\n"), "theirs");
});
afterEach(() => rm(join(root, ".."), { recursive: true, force: true }));

const PATH = "folder/a b\n";
const CHANGED = expect.objectContaining({ code: "source-changed", params: { path: PATH } });
const swapFile = () => {
  rmSync(join(root, PATH));
  symlinkSync(join(outside, "a b\n"), join(root, PATH));
};
const swapForPipe = () => {
  rmSync(join(root, PATH));
  execFileSync("mkfifo", [join(root, PATH)]);
};
const swapFolder = () => {
  renameSync(join(root, "folder"), join(root, "elsewhere"));
  symlinkSync(outside, join(root, "folder"));
};

test("a file is opened as it is", () => {
  const file = openSourceFile(root, PATH);
  expect(readFileSync(file, "utf8")).toBe("ours");
  closeSync(file);
  expect(readSourceFile(root, PATH).toString()).toBe("ours");
  expect(() => openSourceFile(root, "gone")).toThrow(expect.objectContaining({ code: "ENOENT" }));
});

test.each([
  ["a link in its place", swapFile],
  ["a link in the place of a folder above it", swapFolder],
  ["a pipe in its place, which nobody writes to", swapForPipe],
])("%s is not", (_, swap) => {
  swap();
  expect(() => openSourceFile(root, PATH)).toThrow(CHANGED);
  expect(() => openSourceFile(root, `../outside/a b\n`)).toThrow(expect.objectContaining({ code: "source-changed" }));
});

test.each([
  ["its file", swapFile],
  ["its folder", swapFolder],
])("a scan does not read what came in the place of %s after it was listed", async (_, swap) => {
  const { signal } = new AbortController();
  let asked = 0;
  // It asks before each folder that it lists, and then before each entry that it reads.
  signal.throwIfAborted = () => {
    asked += 1;
    if (asked === 3) swap();
  };
  await expect(scanTree(root, signal)).rejects.toEqual(CHANGED);
  expect(asked).toBeGreaterThanOrEqual(3);
});

test.each([swapFile, swapFolder])("what came in its place after the scan is not copied either", async (swap) => {
  const tree = await scanTree(root);
  swap();
  const copied = new LocalHost().putTree(tree, join(root, "../copy"), { signal: new AbortController().signal });
  await expect(copied).rejects.toEqual(CHANGED);
});
