import { expect, test } from "vitest";
import { parseReleaseFile, readableTime, releaseFile, timestampOf } from "./release";
import { aRelease } from "./test-installation";

test("a release file says again what was written", () => {
  const release = aRelease("0.2.0", "20261121-113502");
  expect(parseReleaseFile(releaseFile(release, "green", { LANDFALL_BIND: "127.0.0.1" }))).toEqual({
    release,
    slot: "green",
  });
  const unknown = { ...release, commit: null };
  expect(parseReleaseFile(releaseFile(unknown, "blue"))?.release).toEqual(unknown);
});

test("one that was written by hand is none of ours", () => {
  expect(parseReleaseFile("LANDFALL_IMAGE=landfall:latest\n")).toBeNull();
});

test("times sort, and can be read", () => {
  const timestamp = timestampOf(new Date("2026-11-21T11:35:02.123Z"));
  expect(timestamp).toBe("20261121-113502");
  expect(readableTime(timestamp)).toBe("2026-11-21 11:35:02 UTC");
});
