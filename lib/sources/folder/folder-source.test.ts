import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { folderSource } from "./folder-source";

let base: string;
let root: string;
beforeAll(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), "landfall-source-")));
  root = join(base, "root");
  await mkdir(join(root, "app", "nested"), { recursive: true });
  await mkdir(join(base, "outside", "app"), { recursive: true });
  await mkdir(join(base, "root-beside"));
  await writeFile(join(root, "file"), "");
  await symlink(join(base, "outside"), join(root, "escape"));
  await symlink(join(root, "app"), join(root, "inside"));
  await symlink("loop", join(root, "loop"));
  await symlink(root, join(base, "linked-root"));
});
afterAll(() => rm(base, { recursive: true }));

test("a folder is materialised as itself, with its links followed, and only below a root", async () => {
  const context = { signal: AbortSignal.timeout(10_000), roots: [join(base, "gone"), root] };
  const materialise = (path: string) => folderSource.materialise({ kind: "folder", path }, null, context);
  expect(await materialise(join(root, "inside"))).toEqual({ folder: join(root, "app"), leftOut: null });
  await expect(materialise(join(root, "escape"))).rejects.toMatchObject({ code: "source-outside-roots" });
  await expect(materialise(join(root, "nothing"))).rejects.toMatchObject({ code: "source-missing" });
  await expect(materialise(join(root, "file"))).rejects.toMatchObject({ code: "source-not-a-folder" });
});
