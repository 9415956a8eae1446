import { expect, test } from "vitest";
import { isWithin } from "./version-range";

test.each([
  [">=20", true],
  [">= 20.1.0 <24", true],
  [">=22 <24.0", true],
  ["<22", false],
  [">22", false],
  [">22.12", true],
  ["<=22", true],
  ["20 || >=22.13", true],
  ["^20.9.0 || ^22", true],
  ["22", true],
  ["22.x", true],
  ["22.1", false],
  ["=22.13.1", true],
  ["~22.13", true],
  ["~22.12.0", false],
  ["^0.10", false],
  ["18 - 22", true],
  ["18.0.0 - 22.13.0", false],
  ["*", true],
  ["", true],
  ["v22", true],
  ["^22.14", false],
  [">=22.0.0-rc.1", true],
  ["lts/*", null],
  ["latest", null],
])("22.13.1 within %j: %s", (range, expected) => {
  expect(isWithin("v22.13.1", range)).toBe(expected);
});

test("a version that is not known fits nothing and is not called unfit", () => {
  expect(isWithin("", ">=20")).toBeNull();
});
