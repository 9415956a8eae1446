import { expect, test } from "vitest";
import { backoffMs, isWorthRepeating } from "./retry";

test("only what may go better by itself is repeated", () => {
  expect([429, 500, 502, 503, 504].every(isWorthRepeating)).toBe(true);
  expect([200, 301, 400, 401, 403, 404, 409, 422].some(isWorthRepeating)).toBe(false);
});

test("waits double from one second to sixteen", () => {
  const longest = [1, 2, 3, 4, 5, 6].map((tries) => backoffMs(tries, null, { random: () => 1 }));
  expect(longest).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 16_000]);
  expect(backoffMs(3, null, { random: () => 0 })).toBe(2_000);
});

test("a server that says when gets its way, within reason", () => {
  expect(backoffMs(1, "7")).toBe(7_000);
  expect(backoffMs(1, "0")).toBe(0);
  expect(backoffMs(1, "86400")).toBe(60_000);
  const soon = backoffMs(1, new Date(Date.now() + 5_000).toUTCString());
  expect(soon).toBeGreaterThan(3_000);
  expect(soon).toBeLessThanOrEqual(5_000);
  expect(backoffMs(1, "later", { random: () => 1 })).toBe(1_000);
});
