import { expect, test } from "vitest";
import { untilLook } from "./until-steady";

test("the last look at the containers ends a little before they were steady for long enough", () => {
  const moment = { now: 1_000, lookAtMs: 900, lookMs: 150 };
  expect(untilLook({ ...moment, steadyAtMs: 1_500 })).toBe(200);
  expect(untilLook({ ...moment, steadyAtMs: 1_250 })).toBe(0);
  expect(untilLook({ ...moment, steadyAtMs: 9_000 })).toBe(500);
  expect(untilLook({ ...moment, steadyAtMs: null })).toBe(500);
});

test("a look that ended a moment too early is not repeated", () => {
  expect(untilLook({ now: 1_499, steadyAtMs: 1_500, lookAtMs: 1_498, lookMs: 150 })).toBe(26);
  expect(untilLook({ now: 1_210, steadyAtMs: 1_500, lookAtMs: 1_200, lookMs: 150 })).toBe(315);
});
