import { expect, test } from "vitest";
import { formatBytes, formatDuration, formatShortDuration } from "./quantities";

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
  expect(formatDuration(durationMs, "en")).toBe(text);
});

test.each([
  [-5, "0 ms"],
  [4, "4 ms"],
  [999.6, "1.00 s"],
  [126_000, "2 m 06 s"],
])("%i ms, where most are short, is %s", (durationMs, text) => {
  expect(formatShortDuration(durationMs, "en")).toBe(text);
});

test.each([
  [0, "0 B"],
  [812, "812 B"],
  [999, "999 B"],
  [1_000, "1.0 kB"],
  [999_900, "1.0 MB"],
  [99_960_000, "100 MB"],
  [21_340_000, "21.3 MB"],
  [412_000_000_000, "412 GB"],
  [5_000_000_000_000_000, "5000 TB"],
])("%i bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes, "en")).toBe(text);
});

test("the decimal sign is the language's, the digits are everywhere those of ids and ports", () => {
  expect([formatDuration(1_840, "nl"), formatBytes(71_100_000_000, "nl")]).toEqual(["1,84 s", "71,1 GB"]);
  for (const arabic of ["ar", "ar-u-nu-latn"]) expect(formatDuration(1_840, arabic)).toMatch(/^1[.٫,]84 s$/);
});
