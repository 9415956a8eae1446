import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, symlink, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LocalHost } from "@/lib/hosts/local-host";
import { KeepAssetsSetting, keepAssetsSetting } from "../setting-shapes";
import { commandOf, expireOldAssets } from "./old-assets";

const host = new LocalHost();
const MOST = 1024 * 1024;
const DAY_MS = 24 * 60 * 60_000;
let base: string;
let release: string;
let store: string;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), "landfall-assets-"));
  release = join(base, "release");
  store = join(base, ".edge/assets/web");
  await mkdir(join(release, "dist/assets/img"), { recursive: true });
});
afterEach(() => rm(base, { recursive: true, force: true }));

const put = (name: string, content = name) => writeFile(join(release, "dist/assets", name), content);
const kept = (name: string) => join(store, "files/assets", name);

async function keep(folder = "dist/assets", most = MOST) {
  const pack = commandOf("pack", [release, folder]);
  return host.run({ args: commandOf("keep", [store, "assets", String(most), ...pack]) });
}

test("files of two releases are kept by their paths in the site, the newer of one name, and what was a folder may be a file", async () => {
  await put("app-1.js");
  await put("same.js", "first");
  await put("img/logo.svg");
  expect(await keep()).toMatchObject({ exitCode: 0, stdout: "3\n0\n" });
  await rm(join(release, "dist/assets"), { recursive: true });
  await mkdir(join(release, "dist/assets/app-1.js"), { recursive: true });
  await put("app-1.js/part.js");
  await put("same.js", "second");
  await put("img");
  expect(await keep()).toMatchObject({ exitCode: 0, stdout: "3\n0\n" });
  expect(await readFile(kept("same.js"), "utf8")).toBe("second");
  expect(await readFile(kept("app-1.js/part.js"), "utf8")).toBe("app-1.js/part.js");
  expect(await readFile(kept("img"), "utf8")).toBe("img");
  // What was interrupted is done again from the beginning.
  await mkdir(join(store, "new/tree/half"), { recursive: true });
  expect(await keep()).toMatchObject({ exitCode: 0, stdout: "3\n0\n" });
  expect(existsSync(kept("half"))).toBe(false);
  expect(await host.list(store)).toEqual(expect.not.arrayContaining(["new"]));
});

test("links, pipes, files that begin with a dot and names that no line can have are left out; no link leads out of the release", async () => {
  const secret = join(base, "secret");
  await mkdir(secret);
  await writeFile(join(secret, "key"), "secret");
  await put("app.js");
  await put(".env");
  await put("two\nlines.js");
  await symlink(secret, join(release, "dist/assets/folder"));
  await symlink(join(secret, "key"), join(release, "dist/assets/key.js"));
  await host.run({ args: ["mkfifo", join(release, "dist/assets/pipe.js")] });
  await symlink(secret, join(release, "outside"));
  expect(await keep()).toMatchObject({ exitCode: 0, stdout: "1\n0\n" });
  expect(await host.list(kept(""))).toEqual(["app.js"]);
  expect(await keep("outside")).toMatchObject({ exitCode: 66 });
  expect(await keep("dist/missing")).toMatchObject({ exitCode: 66 });
  expect(await readFile(kept("app.js"), "utf8")).toBe("app.js");
});

test("the oldest files go when there are too many bytes, and a folder with more is not begun", async () => {
  await put("old.bin");
  await truncate(join(release, "dist/assets/old.bin"), MOST / 2 + 1);
  expect(await keep()).toMatchObject({ exitCode: 0, stdout: "1\n0\n" });
  const before = new Date(Date.now() - 60_000);
  await utimes(kept("old.bin"), before, before);
  await rm(join(release, "dist/assets/old.bin"));
  await put("new file.bin");
  await truncate(join(release, "dist/assets/new file.bin"), MOST / 2 + 1);
  expect(await keep()).toMatchObject({ exitCode: 0, stdout: "1\n1\n" });
  expect([existsSync(kept("old.bin")), existsSync(kept("new file.bin"))]).toEqual([false, true]);
  await put("huge.bin");
  await truncate(join(release, "dist/assets/huge.bin"), MOST);
  expect(await keep()).toMatchObject({ exitCode: 67 });
  expect(await host.list(kept(""))).toEqual(["new file.bin"]);
});

test("a day after its release was replaced a file goes, and so does a folder that is no longer named", async () => {
  await put("old.js");
  await put("new.js");
  await keep();
  const at = new Date(Date.now() - DAY_MS - 10 * 60_000);
  await utimes(kept("old.js"), at, at);
  await expireOldAssets({ host, base }, AbortSignal.timeout(60_000));
  expect([existsSync(kept("old.js")), existsSync(kept("new.js"))]).toEqual([false, true]);
  const settle = (...folders: string[]) => host.run({ args: commandOf("settle", [store, String(MOST), ...folders]) });
  await settle("_next/static", "assets");
  expect(existsSync(kept("new.js"))).toBe(true);
  await settle("_next/static", "asset");
  expect(await host.list(join(store, "files"))).toEqual([]);
});

test.each([
  [
    "_next/static assets=dist/assets",
    [
      { url: "_next/static", files: ".next/static" },
      { url: "assets", files: "dist/assets" },
    ],
  ],
  ["  build=build ", [{ url: "build", files: "build" }]],
])("%j is folders of the site with their files", (keepAssets, folders) => {
  expect(KeepAssetsSetting.parse({ keepAssets }).keepAssets).toEqual(folders);
});

test.each([
  "/assets",
  "assets/",
  "a//b",
  "..",
  "assets=..",
  "assets=../x",
  ".next",
  "a=",
  "a=b=c",
  "a a",
  "a=*",
  "1 2 3 4 5 6 7 8 9",
])("%j is refused", (text) => {
  for (const isImage of [true, false])
    expect(keepAssetsSetting({ isImage }).safeParse(text).error?.issues[0]?.message).toBe("not-asset-folders");
});

test("only an image has absolute paths", () => {
  const text = "assets=/usr/share/nginx/html/assets";
  expect(keepAssetsSetting({ isImage: true }).safeParse(text).success).toBe(true);
  expect(keepAssetsSetting({ isImage: false }).safeParse(text).success).toBe(false);
});
