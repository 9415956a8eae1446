import { expect, test } from "vitest";
import { UPTIME_DAYS } from "@/lib/contracts/uptime";
import { uptimeOf } from "./read-uptime";

const NOW = new Date("2026-11-30T12:00:00Z");
const HOUR_MS = 60 * 60_000;
const span = (state: string, from: string, to: string) => ({
  state,
  startedAt: new Date(`2026-11-${from}:00:00Z`),
  endedAt: new Date(`2026-11-${to}:00:00Z`),
});

test("each day has its own part of a span, and time that is not known counts in neither", () => {
  const spans = [
    span("healthy", "28T18", "29T06"),
    span("unhealthy", "29T06", "29T09"),
    span("unknown", "29T09", "30T00"),
    span("healthy", "30T00", "30T13"),
  ];
  const { days, share, knownSince } = uptimeOf(spans, NOW);
  expect(days).toHaveLength(UPTIME_DAYS);
  expect(days.slice(-4)).toEqual([
    { day: "2026-11-27", healthyMs: 0, unhealthyMs: 0 },
    { day: "2026-11-28", healthyMs: 6 * HOUR_MS, unhealthyMs: 0 },
    { day: "2026-11-29", healthyMs: 6 * HOUR_MS, unhealthyMs: 3 * HOUR_MS },
    { day: "2026-11-30", healthyMs: 12 * HOUR_MS, unhealthyMs: 0 },
  ]);
  expect(share).toBeCloseTo(24 / 27);
  expect(knownSince).toBe("2026-11-28T18:00:00.000Z");
});

test("a service that was never requested has no share", () => {
  expect(uptimeOf([], NOW)).toMatchObject({ share: null, knownSince: null });
});

test("what is known reaches back no further than the days that are shown", () => {
  const old = { state: "healthy", startedAt: new Date("2026-01-01T00:00:00Z"), endedAt: NOW };
  expect(uptimeOf([old], NOW).knownSince).toBe("2026-11-01T00:00:00.000Z");
});
