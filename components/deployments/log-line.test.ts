import { expect, test } from "vitest";
import { formatLogTime } from "./log-line";

test("a line's time has milliseconds and the reader's hour", () => {
  const at = Date.parse("2026-11-20T00:02:15.204Z");
  expect(formatLogTime(at, "UTC")).toBe("00:02:15.204");
  expect(formatLogTime(at, "Asia/Dubai")).toBe("04:02:15.204");
});
