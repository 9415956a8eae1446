import { expect, test } from "vitest";
import { distributionOf } from "./distribution";

test("percentiles are measured values, by nearest rank, in whatever order they came", () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(distributionOf(values)).toEqual({ count: 100, p50: 50, p95: 95, p99: 99, max: 100 });
  expect(distributionOf([7])).toEqual({ count: 1, p50: 7, p95: 7, p99: 7, max: 7 });
  expect(distributionOf([10, 2, 1_000]).p95).toBe(1_000);
});

test("no values are no distribution", () => {
  expect(() => distributionOf([])).toThrow("nothing was measured");
});
