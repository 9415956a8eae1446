import { expect, test } from "vitest";
import { formatDuration } from "./format-duration";

test.each([
  [0, "0.00 s"],
  [-5, "0.00 s"],
  [312, "0.31 s"],
  [1_840, "1.84 s"],
  [9_996, "10.0 s"],
  [12_400, "12.4 s"],
  [59_949, "59.9 s"],
  [59_960, "1 m 00 s"],
  [126_000, "2 m 06 s"],
  [3_599_600, "1 h 00 m"],
  [3_840_000, "1 h 04 m"],
])("%i ms is %s", (durationMs, text) => {
  expect(formatDuration(durationMs)).toBe(text);
});
