import { expect, test } from "vitest";
import { bytes, count, duration } from "./quantity";

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1_000, "1.0 kB"],
  [21_312_000, "21.3 MB"],
  [999_900, "1.0 MB"],
  [123_456_789, "123 MB"],
  [80_700_000_000, "80.7 GB"],
])("%i bytes are %s", (value, shown) => {
  expect(bytes(value)).toBe(shown);
});

test("counts have thousands marked, times their unit", () => {
  expect(count(1_004)).toBe("1,004");
  expect([duration(12.4), duration(999.6), duration(1_000), duration(61_250)]).toEqual([
    "12 ms",
    "1000 ms",
    "1.0 s",
    "61.3 s",
  ]);
});
