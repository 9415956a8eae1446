/** A Prometheus metric with its values; durations are in seconds, sizes in bytes. */
export interface Metric {
  name: string;
  help: string;
  type: "gauge" | "counter" | "histogram" | "summary";
  values: Value[];
}

export interface Value {
  value: number;
  labels: Record<string, string | number>;
  /** For a part of a histogram or summary: the metric's name with _bucket, _sum or _count. */
  metricName?: string;
}

export function gauge(name: string, help: string, values: Value[]): Metric {
  return { name, help, type: "gauge", values };
}

export function counter(name: string, help: string, values: Value[]): Metric {
  return { name, help, type: "counter", values };
}

/** A single value, or none when it is unknown. */
export function single(value: number | null | undefined): Value[] {
  return value == null ? [] : [{ value, labels: {} }];
}

/** The number of observations per bucket (by index; the index past the last bound has the rest), per set of labels. */
export interface Observations {
  labels: Record<string, string>;
  counts: ReadonlyMap<number, number>;
  totalMs: number;
}

/** Prometheus buckets are cumulative: each counts everything below its bound, and the last one everything. */
export function histogram(
  { name, help, boundsMs }: { name: string; help: string; boundsMs: readonly number[] },
  observed: readonly Observations[],
): Metric {
  return { name, help, type: "histogram", values: observed.flatMap((one) => valuesOf(name, boundsMs, one)) };
}

function valuesOf(name: string, boundsMs: readonly number[], { labels, counts, totalMs }: Observations): Value[] {
  let sum = 0;
  const buckets = [...boundsMs.map((ms) => String(ms / 1_000)), "+Inf"].map((le, index) => {
    sum += counts.get(index) ?? 0;
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: sum };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: totalMs / 1_000 },
    { metricName: `${name}_count`, labels, value: sum },
  ];
}
