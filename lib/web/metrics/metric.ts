/** One metric with all its values, as Prometheus knows them; durations are in seconds, sizes in bytes. */
export interface Metric {
  name: string;
  help: string;
  type: "gauge" | "counter" | "histogram" | "summary";
  values: Value[];
}

export interface Value {
  value: number;
  labels: Record<string, string | number>;
  /** Of the parts of a histogram or a summary: the metric's name with _bucket, _sum or _count. */
  metricName?: string;
}

export function gauge(name: string, help: string, values: Value[]): Metric {
  return { name, help, type: "gauge", values };
}

export function counter(name: string, help: string, values: Value[]): Metric {
  return { name, help, type: "counter", values };
}

/** A single value, or none when it is not known. */
export function single(value: number | null | undefined): Value[] {
  return value == null ? [] : [{ value, labels: {} }];
}
