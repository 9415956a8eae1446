import { expect, test } from "vitest";
import { verdictOf } from "./measure";

test("a budget holds up to its bound and not beyond", () => {
  expect(verdictOf({ value: 50, budget: { atMost: 50 } })).toBe("holds");
  expect(verdictOf({ value: 50.1, budget: { atMost: 50 } })).toBe("does not hold");
  expect(verdictOf({ value: 20_000, budget: { atLeast: 20_000 } })).toBe("holds");
  expect(verdictOf({ value: 19_999, budget: { atLeast: 20_000 } })).toBe("does not hold");
});

test("what could not be measured holds nothing", () => {
  expect(verdictOf({ value: Number.NaN, budget: { atMost: 50 } })).toBe("does not hold");
  expect(verdictOf({ value: Number.NaN, budget: { atLeast: 1 } })).toBe("does not hold");
});

test("a figure without a budget has no verdict", () => {
  expect(verdictOf({ value: 1 })).toBe("no budget");
});
