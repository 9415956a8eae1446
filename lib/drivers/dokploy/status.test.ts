import { expect, test } from "vitest";
import { overlap } from "./status";

test("of a log that is read again only what is new is shown", () => {
  const fresh = (earlier: string[], later: string[]) => later.slice(overlap(earlier, later));
  expect(fresh([], ["a", "b"])).toEqual(["a", "b"]);
  expect(fresh(["a", "b"], ["a", "b", "c"])).toEqual(["c"]);
  expect(fresh(["a", "b", "c"], ["b", "c", "d"])).toEqual(["d"]);
  expect(fresh(["a", "a"], ["a", "a"])).toEqual([]);
  expect(fresh(["a", "b"], ["x", "y"])).toEqual(["x", "y"]);
});
