import { expect, test } from "vitest";
import type { PhaseView } from "@/lib/contracts/deployment";
import { timeAxis } from "./time-axis";

const ZERO = Date.parse("2026-11-20T14:00:00.000Z");
const at = (ms: number) => new Date(ZERO + ms).toISOString();

function aPhase(change: Partial<PhaseView>): PhaseView {
  return {
    key: "validation",
    status: "pending",
    attempt: 1,
    startedAt: null,
    finishedAt: null,
    durationMs: null,
    detail: null,
    facts: [],
    progress: null,
    problem: null,
    undoneAt: null,
    undoDurationMs: null,
    undoProblem: null,
    usualMs: null,
    ...change,
  };
}

test("finished phases fill one axis from the first start to the last end", () => {
  const axis = timeAxis(
    [
      aPhase({ key: "validation", status: "succeeded", startedAt: at(0), durationMs: 1_000 }),
      aPhase({ key: "transfer", status: "succeeded", startedAt: at(1_000), durationMs: 3_000 }),
      aPhase({ key: "build", status: "pending" }),
    ],
    ZERO + 60_000,
  );
  expect(axis.get("validation")).toEqual({ start: 0, width: 0.25, ghost: null });
  expect(axis.get("transfer")).toEqual({ start: 0.25, width: 0.75, ghost: null });
  expect(axis.has("build")).toBe(false);
});

test("a running phase shows what it usually takes, and the axis leaves room for the rest", () => {
  const axis = timeAxis(
    [
      aPhase({ key: "build", status: "running", startedAt: at(0), usualMs: 6_000 }),
      aPhase({ key: "start", usualMs: 4_000 }),
    ],
    ZERO + 2_000,
  );
  expect(axis.get("build")).toEqual({ start: 0, width: 0.2, ghost: { start: 0.2, width: 0.4 } });
});

test("a phase that takes longer than usual has no ghost, and a clock that is behind makes no negative bar", () => {
  const running = aPhase({ key: "build", status: "running", startedAt: at(0), usualMs: 1_000 });
  expect(timeAxis([running], ZERO + 5_000).get("build")).toEqual({ start: 0, width: 1, ghost: null });
  expect(timeAxis([running], ZERO - 5_000).get("build")?.width).toBeGreaterThan(0);
});

test("nothing has begun: nothing to draw", () => {
  expect(timeAxis([aPhase({})], ZERO).size).toBe(0);
});
