import { expect, test } from "vitest";
import { trendOf } from "./activity";

test.each([
  [null, 10, null],
  [10, null, null],
  [10, 0, null],
  [104, 100, { direction: "same", part: 0.04 }],
  [75, 100, { direction: "faster", part: 0.25 }],
  [230, 100, { direction: "slower", part: 1.3 }],
])("from %s to %s ms is %j", (medianMs, earlierMedianMs, trend) => {
  expect(trendOf({ medianMs, earlierMedianMs })).toEqual(trend);
});
