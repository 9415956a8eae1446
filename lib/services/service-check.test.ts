import { expect, test } from "vitest";
import { isGivenUp, triesThatCount } from "./service-check";

const MINUTE = 60_000;
const now = new Date("2026-11-20T12:00:00.000Z");
const ago = (ms: number) => new Date(now.getTime() - ms);

test.each([
  ["never tried", { tries: 0, triedAt: null }, false, null, 0],
  ["just tried", { tries: 2, triedAt: ago(MINUTE) }, false, null, 2],
  ["just tried, and well for now", { tries: 2, triedAt: ago(MINUTE) }, true, null, 2],
  ["well for long", { tries: 3, triedAt: ago(11 * MINUTE) }, true, null, 0],
  ["given up, and still down", { tries: 3, triedAt: ago(30 * MINUTE) }, false, null, 3],
  ["given up an hour ago", { tries: 3, triedAt: ago(61 * MINUTE) }, false, null, 0],
  ["given up, and somebody asks", { tries: 3, triedAt: ago(MINUTE) }, false, ago(10), 0],
  ["tried since somebody asked", { tries: 1, triedAt: ago(10) }, false, ago(MINUTE), 1],
])("%s", (_, before, isGood, asked, expected) => {
  expect(triesThatCount(before, isGood, asked, now)).toBe(expected);
});

test("the third is the last", () => {
  expect([0, 1, 2, 3].map(isGivenUp)).toEqual([false, false, false, true]);
});
