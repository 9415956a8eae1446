import { expect, test } from "vitest";
import { foldersOf, SOURCE_KINDS, SOURCES, Source, sourceInputsOf, sourceKindsThatGive } from "./source";

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
