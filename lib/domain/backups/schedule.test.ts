import { expect, test } from "vitest";
import { nextBackupAt, overdueSince } from "./schedule";

const NIGHTLY = "0 3 * * *";
const at = (text: string) => new Date(`2026-11-${text}Z`);

test.each([
  ["made tonight", "21T03:00:10", "21T12:00:00", null],
  ["the next one is just being made", "20T03:00:10", "21T03:30:00", null],
  ["last night's is missing", "20T03:00:10", "21T04:30:00", "21T03:00:00"],
  ["several are missing: since the first of them", "18T03:00:10", "21T12:00:00", "19T03:00:00"],
  ["an installation that began after the hour has time until the next", "21T09:00:00", "22T03:30:00", null],
])("%s", (_, newest, now, since) => {
  expect(overdueSince(NIGHTLY, at(newest), at(now))).toEqual(since === null ? null : at(since));
});

test("what is off is never late and never next", () => {
  expect(overdueSince("off", at("01T00:00:00"), at("21T00:00:00"))).toBeNull();
  expect(nextBackupAt("off", at("21T00:00:00"))).toBeNull();
  expect(nextBackupAt(NIGHTLY, at("21T03:00:00"))).toEqual(at("22T03:00:00"));
});
