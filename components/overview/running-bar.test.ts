import { expect, test } from "vitest";
import { progressParts } from "./running-bar";

const phase = (key: "validation" | "transfer" | "build", rest: object = {}) => ({
  key,
  status: "pending" as const,
  startedAt: null,
  durationMs: null,
  usualMs: null,
  ...rest,
});
const begun = "2026-11-20T12:00:00.000Z";
const now = Date.parse(begun) + 5_000;

test("each phase is as wide as it took or usually takes, and together they are the whole", () => {
  const parts = progressParts(
    [
      phase("validation", { status: "succeeded", durationMs: 1_000 }),
      phase("transfer", { status: "running", startedAt: begun, usualMs: 10_000 }),
      phase("build", { usualMs: 9_000 }),
    ],
    now,
  );
  expect(parts.map(({ start, width, filled }) => [start, width, filled])).toEqual([
    [0, 0.05, 1],
    [0.05, 0.5, 0.5],
    [0.55, 0.45, 0],
  ]);
});

test("one that takes longer than usual does not look done", () => {
  const [part] = progressParts([phase("build", { status: "running", startedAt: begun, usualMs: 100 })], now);
  expect(part?.filled).toBe(0.96);
});

test("a skipped phase takes no room, and one never timed takes some", () => {
  const parts = progressParts([phase("transfer", { status: "skipped" }), phase("build")], now);
  expect(parts).toEqual([{ key: "build", status: "pending", start: 0, width: 1, filled: 0 }]);
});
