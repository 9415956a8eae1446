export interface Distribution {
  count: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

/** Percentiles by nearest rank: each is a measured value, and none understates its percentile. */
export function distributionOf(values: readonly number[]): Distribution {
  if (values.length === 0) throw new Error("nothing was measured");
  const sorted = Float64Array.from(values).sort();
  const at = (percent: number) => sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
  return { count: sorted.length, p50: at(50), p95: at(95), p99: at(99), max: at(100) };
}

/** "p50 12, p95 20, p99 22, max 31 ms of 150" */
export function describeDistribution({ count, p50, p95, p99, max }: Distribution, unit = "ms"): string {
  const shown = [p50, p95, p99, max].map((value) => (value < 10 ? value.toFixed(1) : value.toFixed(0)));
  return `p50 ${shown[0]}, p95 ${shown[1]}, p99 ${shown[2]}, max ${shown[3]} ${unit} of ${count}`;
}
