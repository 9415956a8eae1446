import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkFolder, folderSource } from "./folder-source";

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

const check = (path: string) => checkFolder(path, [root]);

test("folders under a root pass, also through a symlink that stays inside", async () => {
  expect(await check(join(root, "app", "nested"))).toBeNull();
  expect(await check(join(root, "inside"))).toBeNull();
  expect(await check(`${root}/app/../app/`)).toBeNull();
});

test("a root that is itself a symlink lets in what it points at", async () => {
  expect(await checkFolder(join(base, "linked-root", "app"), [join(base, "linked-root")])).toBeNull();
});

test.each([
  ["beside the root", () => join(base, "outside")],
  ["above the root", () => `${root}/..`],
  ["with the root's name as a prefix", () => join(base, "root-beside")],
  ["through dots", () => `${root}/app/../../outside/app`],
  ["through a symlink", () => join(root, "escape")],
  ["through a symlink further up", () => join(root, "escape", "app")],
  ["that do not exist, outside", () => join(base, "nothing")],
  ["of the system", () => "/etc"],
])("folders %s are outside", async (_, path) => {
  expect(await check(path())).toBe("source-outside-roots");
});

test.each([
  ["not there", () => join(root, "nothing")],
  ["below a file", () => join(root, "file", "app")],
  ["a symlink to itself", () => join(root, "loop")],
  ["of a name no disk can hold", () => join(root, "x".repeat(300))],
])("what is %s is missing", async (_, path) => {
  expect(await check(path())).toBe("source-missing");
});

test("a file cannot be deployed as a folder", async () => {
  expect(await check(join(root, "file"))).toBe("source-not-a-folder");
});

test("a root that is not there closes only itself", async () => {
  expect(await checkFolder(join(root, "app"), [join(base, "gone"), root])).toBeNull();
  expect(await checkFolder(join(base, "gone", "app"), [join(base, "gone")])).toBe("source-missing");
});

test("a folder is materialised as itself, with its links followed, and only below a root", async () => {
  const context = { signal: AbortSignal.timeout(10_000), roots: [join(base, "gone"), root] };
  const materialise = (path: string) => folderSource.materialise({ kind: "folder", path }, null, context);
  expect(await materialise(join(root, "inside"))).toEqual({ folder: join(root, "app"), leftOut: null });
  await expect(materialise(join(root, "escape"))).rejects.toMatchObject({ code: "source-outside-roots" });
  await expect(materialise(join(root, "nothing"))).rejects.toMatchObject({ code: "source-missing" });
  await expect(materialise(join(root, "file"))).rejects.toMatchObject({ code: "source-not-a-folder" });
});
