import { collectDefaultMetrics, type Gauge, Registry } from "prom-client";
import { poolUse } from "@/lib/platform/db/client";
import { log } from "@/lib/platform/log";
import { VERSION } from "@/lib/platform/version";
import { type RequestCount, requestCounts } from "@/lib/web/http/request-counts";
import { openStreams } from "@/lib/web/http/sse";
import { databaseMetrics } from "./database-metrics";
import { gauge, type Metric, single, type Value } from "./metric";

export const CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

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

/** What this web process alone knows. Several of them are several targets of the Prometheus server. */
function processMetrics(): Metric[] {
  return [
    gauge("landfall_build_info", "The version that answers.", [{ value: 1, labels: { version: VERSION } }]),
    gauge("landfall_sse_clients", "Streams of events that are open.", single(openStreams())),
    gauge("landfall_db_pool_connections", "Connections to the database.", poolValues()),
    gauge("landfall_db_pool_waiting", "Queries that wait for a connection.", single(poolUse()?.waiting ?? 0)),
    requestMetric(requestCounts()),
  ];
}

function poolValues(): Value[] {
  const { idle, busy, limit } = poolUse() ?? { idle: 0, busy: 0, limit: 0 };
  return Object.entries({ idle, busy, limit }).map(([state, value]) => ({ value, labels: { state } }));
}

function requestMetric(counts: readonly RequestCount[]): Metric {
  const name = "landfall_http_request_duration_seconds";
  const values = counts.flatMap(({ method, route, status, count, totalMs }) => {
    const labels = { method, route, status };
    return [
      { metricName: `${name}_sum`, labels, value: totalMs / 1_000 },
      { metricName: `${name}_count`, labels, value: count },
    ];
  });
  return { name, help: "Requests to the API, and the time until they were answered.", type: "summary", values };
}

const shared = globalThis as { landfallNodeMetrics?: Registry };

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
