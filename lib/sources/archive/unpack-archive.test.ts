import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { copyTree } from "@/lib/hosts/copy-tree";
import { scanTree, sentFiles } from "@/lib/hosts/scan-tree";
import { PROGRAM } from "@/lib/hosts/source-rules";
import type { ArchiveLimits } from "./archive";
import { bytesOf, type TestEntry, tarGzOf, zipOf } from "./test-archives";
import { unpackArchive } from "./unpack-archive";

const limits: ArchiveLimits = { entries: 100, unpackedBytes: 1_000_000 };

let place: string;
let folder: string;
beforeEach(async () => {
  place = await realpath(await mkdtemp(join(tmpdir(), "landfall-unpack-")));
  folder = join(place, "unpacked");
  await mkdir(folder);
});
afterEach(() => rm(place, { recursive: true, force: true }));

const FORMATS = [
  { kind: "tar.gz", make: tarGzOf },
  { kind: "zip", make: async (entries: readonly TestEntry[]) => zipOf(entries) },
] as const;

const modeOf = async (path: string) => ((await lstat(join(folder, path))).mode & 0o7777).toString(8);

test.each(FORMATS)("a $kind becomes the files, modes and links it holds", async ({ kind, make }) => {
  const link: TestEntry =
    kind === "zip"
      ? { path: "shop/current", mode: 0o120777, link: "lib/main.js" }
      : { path: "shop/current", type: "symlink", link: "lib/main.js" };
  const empty: TestEntry = { path: "shop/empty/", mode: 0o040750, type: "directory" };
  const archive = await make([
    link, // before its target, and before its parent folder
    empty,
    { path: "shop/lib/main.js", content: "x".repeat(300_000), mode: 0o100640 },
    { path: "shop/bin/start", content: "#!/bin/sh\n", mode: 0o104755 },
    { path: "shop/locked/", mode: 0o040500, type: "directory" },
    { path: "shop/locked/inside", content: "in", mode: 0o100444 },
    { path: "__MACOSX/shop/._main.js", content: "mac" },
  ]);
  const summary = await unpackArchive(bytesOf(archive), folder, { limits });
  expect(summary).toMatchObject({ kind, files: 4, folder: "shop" });
  expect(await readdir(folder)).toEqual(["shop"]);
  expect(await readFile(join(folder, "shop/current"), "utf8")).toBe("x".repeat(300_000));
  expect(await readlink(join(folder, "shop/current"))).toBe("lib/main.js");
  expect(await readFile(join(folder, "shop/locked/inside"), "utf8")).toBe("in");
  expect(
    await Promise.all(["lib/main.js", "bin/start", "locked/inside", "empty"].map((p) => modeOf(`shop/${p}`))),
  ).toEqual(["640", "755", "644", "750"]);
  expect(await readdir(join(folder, "shop/empty"))).toEqual([]);
});

test("what has no mode gets a sensible one", async () => {
  await unpackArchive(bytesOf(zipOf([{ path: "a/b.txt", content: "b" }])), folder, { limits });
  expect([await modeOf("a"), await modeOf("a/b.txt")]).toEqual(["755", "644"]);
});

test("a hard link is a second name of the same file", async () => {
  const archive = await tarGzOf([
    { path: "one", content: "same" },
    { path: "two", type: "link", link: "one" },
  ]);
  await unpackArchive(bytesOf(archive), folder, { limits });
  expect(await readFile(join(folder, "two"), "utf8")).toBe("same");
});

const asLink = (kind: string, path: string, text: string): TestEntry =>
  kind === "zip" ? { path, mode: 0o120777, link: text } : { path, type: "symlink", link: text };

test.each(FORMATS)("nothing of a hostile $kind lands outside the folder", async ({ kind, make }) => {
  const link = (path: string, text: string) => asLink(kind, path, text);
  const directory = (path: string): TestEntry => ({ path, mode: 0o040700, type: "directory" });
  const second = (path: string, to: string): TestEntry[] => (kind === "zip" ? [] : [{ path, type: "link", link: to }]);
  await mkdir(join(place, "elsewhere"), { mode: 0o755 });
  await writeFile(join(place, "secret"), "secret", { mode: 0o600 });
  const evil = { content: "evil" };
  const attacks: TestEntry[][] = [
    [{ path: "../evil", ...evil }],
    [{ path: join(place, "evil"), ...evil }],
    [link("out", ".."), { path: "out/evil", ...evil }],
    [link("out", place), { path: "out/evil", ...evil }],
    [link("out", place), { path: "out/deep/evil", ...evil }],
    [{ path: "out/fine", ...evil }, link("out", place)],
    [link("out", join(place, "elsewhere")), directory("out/")],
    [directory("out/"), link("out", join(place, "elsewhere"))],
    [link("out", place), link("out/evil", "/etc")],
    [link("secret", join(place, "secret")), { path: "secret", ...evil }],
    [{ path: "evil", ...evil }, link("evil", "../evil")],
    ...(kind === "zip" ? [] : [[link("out", join(place, "secret")), ...second("evil", "out")]]),
    ...(kind === "zip" ? [] : [[link("out", place), ...second("evil", "out/secret")]]),
    ...(kind === "zip" ? [] : [second("evil", join(place, "secret"))]),
    ...(kind === "zip" ? [] : [second("evil", "../secret")]),
  ];
  for (const attack of attacks) {
    await expect(unpackArchive(bytesOf(await make(attack)), folder, { limits })).rejects.toMatchObject({
      code: "archive-invalid",
    });
    expect((await readdir(place)).toSorted()).toEqual(["elsewhere", "secret", "unpacked"]);
    expect(await readdir(join(place, "elsewhere"))).toEqual([]);
    expect((await lstat(join(place, "elsewhere"))).mode & 0o777).toBe(0o755);
    expect(await readFile(join(place, "secret"), "utf8")).toBe("secret");
    expect((await lstat(join(place, "secret"))).nlink).toBe(1);
    await rm(folder, { recursive: true });
    await mkdir(folder);
  }
});

test.each(FORMATS)(
  "links of a $kind that lead out are kept, and nobody who reads it follows them",
  async ({ kind, make }) => {
    await writeFile(join(place, "secret.json"), '{"main":"secret.js"}');
    const texts = { python3: "/usr/bin/python3", "package.json": join(place, "secret.json"), up: "../.." };
    const links = Object.entries(texts).map(([path, text]) => asLink(kind, path, text));
    const archive = await make([
      ...links,
      { path: "server.js", content: "1" },
      { path: "Dockerfile", content: "FROM x" },
    ]);
    expect(await unpackArchive(bytesOf(archive), folder, { limits })).toMatchObject({ files: 5 });
    for (const [path, text] of Object.entries(texts)) expect(await readlink(join(folder, path))).toBe(text);
    const read = await sentFiles(folder, PROGRAM);
    expect(await Promise.all(["package.json", "up/secret.json", "server.js"].map(read))).toEqual([null, null, "1"]);
    await expect(scanTree(folder)).rejects.toMatchObject({ code: "source-link-outside" });
    const image = await scanTree(folder, undefined, { kind: "image", dockerfile: "Dockerfile" });
    expect(image.entries.filter((entry) => entry.kind === "symlink").map(({ digest }) => digest)).toEqual(
      Object.keys(texts)
        .toSorted()
        .map((path) => texts[path as keyof typeof texts]),
    );
    await copyTree(image, join(place, "copy"), {});
    expect(await readlink(join(place, "copy/package.json"))).toBe(texts["package.json"]);
  },
);

test("an abort ends it where it is", async () => {
  const archive = await tarGzOf([{ path: "a", content: "x".repeat(500_000) }]);
  const bytes = bytesOf(archive, 100);
  const abort = new AbortController();
  const reason = new Error("cancelled");
  const slow = {
    size: bytes.size,
    async *read(start: number, end: number) {
      for await (const part of bytes.read(start, end)) {
        yield part;
        if (end - start > 4) abort.abort(reason);
      }
    },
  };
  await expect(unpackArchive(slow, folder, { limits, signal: abort.signal })).rejects.toBe(reason);
});
