import { expect, test } from "vitest";
import { commitOf, foldersOf, SOURCE_KINDS, SOURCES, Source, sourceInputsOf, sourceKindsThatGive } from "./source";

test("a form knows how to ask for every setting of every kind", () => {
  for (const kind of SOURCE_KINDS) {
    const settings = Object.keys(SOURCES[kind].settings.shape).filter((name) => name !== "kind");
    expect(sourceInputsOf(kind).map(({ name }) => name)).toEqual(settings);
  }
});

test("the kind decides which settings there are", () => {
  expect(Source.parse({ kind: "image", image: "nginx" })).toEqual({ kind: "image", image: "nginx" });
  expect(Source.safeParse({ kind: "image", path: "/srv" }).success).toBe(false);
  expect(Source.safeParse({ kind: "floppy" }).error?.issues[0]?.path).toEqual(["kind"]);
});

test("a folder is the only kind that names a path of the worker's machine", () => {
  expect(foldersOf({ kind: "folder", path: "/srv/shop" })).toEqual([{ name: "path", path: "/srv/shop" }]);
  expect(foldersOf({ kind: "archive", uploadId: crypto.randomUUID() })).toEqual([]);
});

test("every kind gives files or an image", () => {
  const [files, images] = [sourceKindsThatGive("files"), sourceKindsThatGive("image")];
  expect([...files, ...images].toSorted()).toEqual(SOURCE_KINDS.toSorted());
  expect([files, images]).toEqual([expect.arrayContaining(["folder", "archive"]), ["image"]]);
});

test("a repository is named by an address, a branch and a folder, and by nothing that Git reads as something else", () => {
  const source = { kind: "git", url: "git@github.com:acme/shop.git", ref: "main", path: "./apps/web/" };
  expect(Source.parse(source)).toEqual({ ...source, path: "apps/web" });
  expect(Source.parse({ kind: "git", url: source.url })).toEqual({ kind: "git", url: source.url });
  for (const wrong of [
    { url: "ext::sh -c id" },
    { url: "file:///etc" },
    { url: "--upload-pack=id" },
    { url: "git@-oProxyCommand=id:a" },
    { url: "https://user:password@github.com/acme/shop" },
    { ref: "--upload-pack=id" },
    { ref: "main..other" },
    { path: "../other" },
    { path: "apps/.git/hooks" },
  ])
    expect(Source.safeParse({ ...source, ...wrong }).success, JSON.stringify(wrong)).toBe(false);
});

test("a revision names its commit, and one of another kind none", () => {
  const id = "f".repeat(40);
  const revision = { commit: id, ref: "refs/heads/main", message: "first", author: "Ana", at: "" };
  expect(commitOf(revision)).toEqual({ id, message: "first", author: "Ana", at: null });
  expect([commitOf(null), commitOf({ uploadId: "x", fileName: "a", sha256: "b" })]).toEqual([null, null]);
});
