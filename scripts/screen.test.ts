import { expect, test } from "vitest";
import { duration } from "./screen.mjs";

test.each([
  [4, "0.00 s"],
  [1_840, "1.84 s"],
  [9_999, "10.0 s"],
  [12_440, "12.4 s"],
  [99_960, "1 m 40 s"],
  [126_000, "2 m 06 s"],
])("%d ms reads as %s", (ms, text) => {
  expect(duration(ms)).toBe(text);
});
