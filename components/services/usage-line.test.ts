import { expect, test } from "vitest";
import { hourlyMax, inQuarters, placed, usageLine } from "./usage-line";

test("a gap stays a gap, and a minute between two gaps is a dot", () => {
  const { line, area } = usageLine([0, 50, null, 100, null, 25, 25], 100);
  expect(line).toBe("M0 100L1 50M3 0h0M5 75L6 75");
  expect(area).toBe("M0 100L0 100L1 50L1 100ZM3 100L3 0L3 100ZM5 100L5 75L6 75L6 100Z");
  expect(usageLine([null, null], 1)).toEqual({ line: "", area: "" });
});

test("deployments are where their time is, and close ones have one label", () => {
  const at = (minute: number) => new Date(minute * 60_000).toISOString();
  const marks = placed([{ at: at(10) }, { at: at(12) }, { at: at(50) }], { fromMs: 0, lengthMs: 100 * 60_000 });
  expect(marks.map(({ place, isClose }) => [place, isClose])).toEqual([
    [0.1, false],
    [0.12, true],
    [0.5, false],
  ]);
});

test("restarts of a quarter of an hour are one mark", () => {
  const restarts = [0, 3, 14, 15].map((minute) => ({ at: new Date(minute * 60_000).toISOString(), count: 2 }));
  expect(inQuarters(restarts)).toEqual([
    { at: "1970-01-01T00:00:00.000Z", count: 6 },
    { at: "1970-01-01T00:15:00.000Z", count: 2 },
  ]);
});

test("the table has the highest figure of each hour", () => {
  const minutes = [...Array.from({ length: 60 }, () => null), 3, null, 7];
  expect(hourlyMax(minutes)).toEqual([null, 7]);
});
