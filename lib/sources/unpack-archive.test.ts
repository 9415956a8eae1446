import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, normalize } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isInside } from "@/lib/hosts/scan-tree";
import type { ArchiveLimits } from "./archive-limits";
import { type LinkTree, staysInside } from "./stays-inside";
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
    link, // before what it leads to, and before the folder it lies in
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

test.each(FORMATS)("nothing of a hostile $kind lands outside the folder", async ({ kind, make }) => {
  const asLink = (path: string, text: string): TestEntry =>
    kind === "zip" ? { path, mode: 0o120777, link: text } : { path, type: "symlink", link: text };
  const evil = { content: "evil" };
  const attacks: TestEntry[][] = [
    [{ path: "../evil", ...evil }],
    [{ path: join(place, "evil"), ...evil }],
    [asLink("out", ".."), { path: "out/evil", ...evil }],
    [asLink("out", place), { path: "out/evil", ...evil }],
    [asLink("here", "."), asLink("out", "here/.."), { path: "fine", ...evil }],
    [{ path: "evil", ...evil }, asLink("evil", "../evil")],
  ];
  for (const attack of attacks) {
    await expect(unpackArchive(bytesOf(await make(attack)), folder, { limits })).rejects.toMatchObject({
      code: "archive-invalid",
    });
    expect(await readdir(place)).toEqual(["unpacked"]);
    await rm(folder, { recursive: true });
    await mkdir(folder);
  }
});

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

const name = fc.constantFrom("a", "b", "c", "d");
const way = fc.array(fc.oneof(name, fc.constantFrom("..", ".")), { minLength: 1, maxLength: 5 });
const links = fc.array(fc.tuple(fc.array(name, { minLength: 1, maxLength: 3 }), way), { minLength: 1, maxLength: 5 });

test("a link that is let in leads nowhere but inside, as the kernel follows it", async () => {
  await fc.assert(
    fc.asyncProperty(links, async (wanted) => {
      await rm(folder, { recursive: true });
      await mkdir(folder);
      await writeFile(join(place, "outside"), "");
      const tree: LinkTree = new Map();
      for (const [path, text] of wanted) await putLink(tree, path, text.join("/"));
      for (const path of tree.keys()) {
        if (tree.get(path)?.kind !== "symlink" || !staysInside(tree, path, "")) continue;
        const lands = await realpath(join(folder, path)).catch(() => folder);
        expect(isInside(folder, lands), `${path} in ${JSON.stringify([...tree])}`).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});

/** As an archive would: never through a link, and no name twice. */
async function putLink(tree: LinkTree, parts: string[], text: string): Promise<void> {
  const path = normalize(parts.join("/"));
  const parents = parts.slice(0, -1).map((_, n) => parts.slice(0, n + 1).join("/"));
  if (tree.has(path) || parents.some((parent) => (tree.get(parent)?.kind ?? "directory") !== "directory")) return;
  for (const parent of parents) tree.set(parent, { kind: "directory", link: "" });
  tree.set(path, { kind: "symlink", link: text });
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await symlink(text, join(folder, path));
}
