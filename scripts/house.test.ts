import { expect, test } from "vitest";
import { figuresOf, findCycles, readHouse, readWalk } from "./house.mjs";

function file(path: string, imports: string[], code: string[] = []) {
  return { path, imports, code, lines: code };
}

test("files that import each other are found, by whatever way round", () => {
  const files = [file("a", ["b"]), file("b", ["c"]), file("c", ["b", "d"]), file("d", []), file("e", ["a"])];
  expect(findCycles(files)).toEqual([["b", "c"]]);
});

test("ten equal lines are a clone and nine are none", () => {
  const lines = (count: number) => Array.from({ length: count }, (_, at) => `line(${at});`);
  expect(figuresOf([file("a", [], lines(10)), file("b", [], lines(10))]).cloneShare).toBe(1);
  expect(figuresOf([file("a", [], lines(9)), file("b", [], lines(9))]).cloneShare).toBe(0);
});

test("no files of the product import each other, not even for types", () => {
  const files = readHouse();
  expect(files.length).toBeGreaterThan(100);
  expect(findCycles(files)).toEqual([]);
});

test("the walk through one deployment names files that there are, each once", () => {
  const known = new Set(readHouse().map(({ path }) => path));
  const walk = readWalk();
  expect(walk.length).toBeGreaterThan(20);
  expect(walk.filter((path) => !known.has(path))).toEqual([]);
  expect(new Set(walk).size).toBe(walk.length);
});
