import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listSourceFolders } from "./source-folders";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "landfall-roots-"));
});
afterEach(() => rm(root, { recursive: true }));

test("the folders right below the roots, and nothing that is none", async () => {
  for (const name of ["web", "api", ".git", "node_modules"]) await mkdir(join(root, name));
  await writeFile(join(root, "notes.txt"), "");
  expect(await listSourceFolders([root])).toEqual({ roots: [root], folders: [join(root, "api"), join(root, "web")] });
});

test("a root that is not there suggests nothing", async () => {
  const gone = join(root, "gone");
  expect(await listSourceFolders([gone, root])).toEqual({ roots: [gone, root], folders: [] });
});
