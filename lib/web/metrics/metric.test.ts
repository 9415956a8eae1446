import { expect, test } from "vitest";
import { histogram } from "./metric";

test("each bucket counts everything below its bound, the last one everything", () => {
  const counts = new Map([
    [0, 2],
    [2, 1],
  ]);
  const { values } = histogram({ name: "m", help: "h", boundsMs: [100, 2_500] }, [
    { labels: { a: "b" }, counts, totalMs: 5_100 },
  ]);
  expect(values).toEqual([
    { metricName: "m_bucket", labels: { a: "b", le: "0.1" }, value: 2 },
    { metricName: "m_bucket", labels: { a: "b", le: "2.5" }, value: 2 },
    { metricName: "m_bucket", labels: { a: "b", le: "+Inf" }, value: 3 },
    { metricName: "m_sum", labels: { a: "b" }, value: 5.1 },
    { metricName: "m_count", labels: { a: "b" }, value: 3 },
  ]);
});
