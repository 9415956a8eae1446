import { expect, test } from "vitest";
import { untilNextCheck } from "./until-steady";

test("the last look at the containers ends a little before they were steady for long enough", () => {
  const moment = { now: 1_000, checkedAtMs: 900, checkMs: 150 };
  expect(untilNextCheck({ ...moment, steadyAtMs: 1_500 })).toBe(200);
  expect(untilNextCheck({ ...moment, steadyAtMs: 1_250 })).toBe(0);
  expect(untilNextCheck({ ...moment, steadyAtMs: 9_000 })).toBe(500);
  expect(untilNextCheck({ ...moment, steadyAtMs: null })).toBe(500);
});

test("a look that ended a moment too early is not repeated", () => {
  expect(untilNextCheck({ now: 1_499, steadyAtMs: 1_500, checkedAtMs: 1_498, checkMs: 150 })).toBe(26);
  expect(untilNextCheck({ now: 1_210, steadyAtMs: 1_500, checkedAtMs: 1_200, checkMs: 150 })).toBe(315);
});
