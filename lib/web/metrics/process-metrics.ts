import { poolUse } from "@/lib/platform/db/client";
import { VERSION } from "@/lib/platform/version";
import { type RequestCount, requestCounts } from "@/lib/web/http/request-counts";
import { openStreams } from "@/lib/web/http/sse";
import { gauge, type Metric, single, type Value } from "./metric";

/** What this web process alone knows. Several of them are several targets of the Prometheus server. */
export function processMetrics(): Metric[] {
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
