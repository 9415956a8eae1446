import { expect, test } from "vitest";
import { dayStarts } from "./day-starts";

const starts = (timeZone: string, count: number, now: string) =>
  dayStarts(timeZone, count, new Date(now)).map(({ day, start }) => `${day} ${start.toISOString()}`);

test("days end with today, wherever today is", () => {
  expect(starts("UTC", 2, "2026-11-20T23:30:00Z")).toEqual([
    "2026-11-19 2026-11-19T00:00:00.000Z",
    "2026-11-20 2026-11-20T00:00:00.000Z",
  ]);
  expect(starts("Asia/Tokyo", 1, "2026-11-20T23:30:00Z")).toEqual(["2026-11-21 2026-11-20T15:00:00.000Z"]);
  expect(starts("America/New_York", 1, "2026-11-20T03:30:00Z")).toEqual(["2026-11-19 2026-11-19T05:00:00.000Z"]);
});

test("a day with 23 or 25 hours begins when its clocks say so", () => {
  expect(starts("Europe/Amsterdam", 3, "2026-10-26T12:00:00Z")).toEqual([
    "2026-10-24 2026-10-23T22:00:00.000Z",
    "2026-10-25 2026-10-24T22:00:00.000Z",
    "2026-10-26 2026-10-25T23:00:00.000Z",
  ]);
  expect(starts("Europe/Amsterdam", 2, "2026-03-30T12:00:00Z")).toEqual([
    "2026-03-29 2026-03-28T23:00:00.000Z",
    "2026-03-30 2026-03-29T22:00:00.000Z",
  ]);
});

test("offsets of half hours count", () => {
  expect(starts("Asia/Kolkata", 1, "2026-11-20T12:00:00Z")).toEqual(["2026-11-20 2026-11-19T18:30:00.000Z"]);
});
