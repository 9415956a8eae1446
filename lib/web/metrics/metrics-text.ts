import { collectDefaultMetrics, type Gauge, Registry } from "prom-client";
import { log } from "@/lib/platform/log";
import { databaseMetrics } from "./database-metrics";
import { gauge, type Metric, single } from "./metric";
import { processMetrics } from "./process-metrics";

export const CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

const shared = globalThis as { landfallNodeMetrics?: Registry };

/** Everything there is to measure, as Prometheus reads it. A database that is away is a measurement too. */
export async function metricsText(): Promise<string> {
  const fromDatabase = await databaseMetrics().catch((error: unknown) => {
    log.warn({ err: error }, "metrics without what the database knows");
    return undefined;
  });
  const isUp = gauge("landfall_database_up", "Whether the database answered.", single(fromDatabase ? 1 : 0));
  const ours = new Registry();
  for (const metric of [isUp, ...processMetrics(), ...(fromDatabase ?? [])]) ours.registerMetric(asCollected(metric));
  return (await ours.metrics()) + (await nodeMetrics().metrics());
}

/** Memory, CPU, event loop and garbage collection of this process; measured from the first question on. */
function nodeMetrics(): Registry {
  if (shared.landfallNodeMetrics) return shared.landfallNodeMetrics;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  shared.landfallNodeMetrics = registry;
  return registry;
}

/** A registry asks its metrics for their values and nothing else; ours are counted elsewhere. */
function asCollected(metric: Metric): Gauge {
  return { name: metric.name, get: async () => metric } as unknown as Gauge;
}
