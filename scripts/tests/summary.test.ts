import { expect, test } from "vitest";
import { Results, type Test } from "./suites.mjs";
import { summaryOf } from "./summary.mjs";

const timed = (name: string, ms: number, state: Test["state"] = "passed"): Test => ({
  ...{ file: "a.test.ts", name, ms, state },
});

test("suites are counted, the slowest come first, and every failure is named", () => {
  const results = new Results();
  const fast = Array.from({ length: 12 }, (_, index) => timed(`fast ${index}`, index));
  results.add({
    ...{
      suite: "unit",
      ms: 1_234.5,
      tests: [...fast, timed("slow", 900), { ...timed("bad", 5, "failed"), cause: "Error: no\nat a.test.ts:3" }],
      errors: [],
    },
    setUps: [timed("beforeAll", 70), timed("loading", 300)],
  });
  results.add({ suite: "lint", ms: 10, tests: [], setUps: [], errors: ["lint"] });
  const summary = summaryOf(results, 2_000);
  expect(summary).toMatchObject({ ms: 2_000, passed: 13, failed: 2, leftOut: [] });
  expect(summary.suites).toEqual([
    { suite: "unit", ms: 1_235, tests: 14, failed: 1 },
    { suite: "lint", ms: 10, tests: 0, failed: 1 },
  ]);
  expect(summary.slowestTests).toHaveLength(10);
  expect(summary.slowestTests[0]).toEqual({ file: "a.test.ts", name: "slow", ms: 900 });
  expect(summary.slowestSetUps.map(({ name }) => name)).toEqual(["loading", "beforeAll"]);
  expect(summary.failures).toEqual(["unit: a.test.ts: bad\n    Error: no\n    at a.test.ts:3", "lint: lint"]);
  expect(results.isGood).toBe(false);
});

test("a skipped test is said to be left out, and is a failure where CI is set", ({ onTestFinished }) => {
  const before = process.env.CI;
  onTestFinished(() => {
    if (before === undefined) delete process.env.CI;
    else process.env.CI = before;
  });
  const results = new Results();
  results.add({ suite: "e2e", ms: 1, tests: [timed("later", 0, "skipped")], setUps: [], errors: [] });
  expect(summaryOf(results, 1).leftOut).toEqual(["1 of the e2e tests were skipped"]);
  delete process.env.CI;
  expect(results.isGood).toBe(true);
  process.env.CI = "true";
  expect(results.isGood).toBe(false);
});
