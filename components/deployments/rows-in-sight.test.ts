import { expect, test } from "vitest";
import { RowHeights } from "./rows-in-sight";

test("rows without a measured height have the default height", () => {
  const heights = new RowHeights(24);
  expect(heights.topOf(0)).toBe(0);
  expect(heights.topOf(100_000)).toBe(2_400_000);
  expect(heights.indexAt(2_399_999, 100_000)).toBe(99_999);
});

test("a taller row moves those below it, and being measured again changes it", () => {
  const heights = new RowHeights(24);
  expect(heights.set(3, 72)).toBe(48);
  expect(heights.topOf(3)).toBe(72);
  expect(heights.topOf(4)).toBe(144);
  expect(heights.set(3, 48)).toBe(-24);
  expect(heights.topOf(10)).toBe(264);
  heights.forget();
  expect(heights.topOf(10)).toBe(240);
});

test("indexAt finds the row that covers an offset", () => {
  const heights = new RowHeights(24);
  heights.set(1, 100);
  expect([0, 23, 24, 123, 124, 147, 148].map((top) => heights.indexAt(top, 50))).toEqual([0, 0, 1, 1, 2, 2, 3]);
});

test("above the first row is the first, below the last the last, and an empty list has none but the first", () => {
  const heights = new RowHeights(24);
  expect(heights.indexAt(-8, 10)).toBe(0);
  expect(heights.indexAt(5_000, 10)).toBe(9);
  expect(heights.indexAt(5_000, 0)).toBe(0);
});
