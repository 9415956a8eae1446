import { collectDefaultMetrics, type Gauge, Registry } from "prom-client";
import { BOUNDS_MS } from "@/lib/engine/tally-durations";
import { PROCESS_GONE_MS } from "@/lib/platform/announce-process";
import { db, poolUse } from "@/lib/platform/db/client";
import { log } from "@/lib/platform/log";
import { VERSION } from "@/lib/platform/version";
import { circuitOf } from "@/lib/targets/circuit-store";
import { type RequestCount, requestCounts } from "@/lib/web/http/request-counts";
import { openStreams } from "@/lib/web/http/sse";
import { counter, gauge, histogram, type Metric, type Observations, single, type Value } from "./metric";

export const CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/** All metrics in Prometheus's text format. An unavailable database is a measurement too. */
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

/** Metrics of this web process only. Each web process is its own target in Prometheus. */
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

/** Memory, CPU, event loop and garbage collection of this process, measured from the first call on. */
function nodeMetrics(): Registry {
  if (shared.landfallNodeMetrics) return shared.landfallNodeMetrics;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  shared.landfallNodeMetrics = registry;
  return registry;
}

/** The registry only reads values from its metrics; ours are counted elsewhere. */
function asCollected(metric: Metric): Gauge {
  return { name: metric.name, get: async () => metric } as unknown as Gauge;
}

/**
 * Metrics that all processes share. None reads the history: unfinished work is little and indexed, and finished work is
 * read from its tally, so a scrape costs the same after a million deployments as after ten.
 */
async function databaseMetrics(): Promise<Metric[]> {
  const groups = await Promise.all([unfinished(), finished(), targets(), processes(), backups()]);
  return groups.flat();
}

async function unfinished(): Promise<Metric[]> {
  const rows = await db.$queryRaw<{ state: string; driver: string; count: number; oldest: number }[]>`
    SELECT state, driver, count(*)::int AS count, extract(epoch FROM now() - min(queued_at))::float8 AS oldest
    FROM deployment WHERE state IN ('queued', 'running', 'undoing', 'stuck') GROUP BY state, driver`;
  const queued = rows.filter(({ state }) => state === "queued");
  return [
    gauge(
      "landfall_deployments",
      "Deployments that have not ended, and those that are stuck and wait for a person.",
      rows.map(({ state, driver, count }) => ({ value: count, labels: { state, driver } })),
    ),
    gauge("landfall_queue_depth", "Deployments that wait.", single(queued.reduce((sum, { count }) => sum + count, 0))),
    gauge(
      "landfall_queue_oldest_seconds",
      "How long the one that waits longest has waited; 0 when none does.",
      single(Math.max(0, ...queued.map(({ oldest }) => oldest))),
    ),
  ];
}

interface Tally {
  subject: string;
  kind: string;
  driver: string;
  outcome: string;
  bucket: number;
  count: bigint;
  totalMs: bigint;
}

async function finished(): Promise<Metric[]> {
  const tallies = await db.durationTally.findMany();
  const deployments = tallies.filter(({ subject }) => subject === "deployment");
  const phases = tallies.filter(({ subject }) => subject !== "deployment");
  const ended = observations(deployments, ({ kind, driver, outcome }) => ({ kind, driver, state: outcome }));
  return [
    counter(
      "landfall_deployments_finished_total",
      "Deployments that have ended, by how.",
      ended.map(({ labels, counts }) => ({ labels, value: sum(counts.values()) })),
    ),
    histogram(
      {
        name: "landfall_deployment_duration_seconds",
        help: "From the start of a deployment to its end.",
        boundsMs: BOUNDS_MS,
      },
      ended,
    ),
    histogram(
      {
        name: "landfall_phase_duration_seconds",
        help: "How long phases took; skipped ones do not count.",
        boundsMs: BOUNDS_MS,
      },
      observations(phases, ({ subject, driver, outcome }) => ({ phase: subject, driver, status: outcome })),
    ),
  ];
}

/** Tallies with the same labels become one set of observations. */
function observations(tallies: readonly Tally[], labelsOf: (tally: Tally) => Record<string, string>): Observations[] {
  const groups = Map.groupBy(tallies, (tally) => JSON.stringify(labelsOf(tally)));
  return [...groups].map(([labels, group]) => {
    const counts = new Map<number, number>();
    for (const { bucket, count } of group) counts.set(bucket, (counts.get(bucket) ?? 0) + Number(count));
    return { labels: JSON.parse(labels), counts, totalMs: sum(group.map(({ totalMs }) => Number(totalMs))) };
  });
}

async function targets(): Promise<Metric[]> {
  const rows = await db.target.findMany({
    where: { deletedAt: null, disabledAt: null },
    select: { kind: true, lastCheck: true, circuitOpenUntil: true },
  });
  const reachable = (lastCheck: unknown) => ((lastCheck as { ok?: boolean } | null)?.ok ? "yes" : "no");
  return [
    gauge(
      "landfall_targets",
      "Targets that are not disabled, by whether they answered when they were last looked at.",
      countBy(rows, ({ kind, lastCheck }) => ({ kind, reachable: reachable(lastCheck) })),
    ),
    gauge(
      "landfall_breakers",
      "Circuit breakers by the kind of their target and their state.",
      countBy(rows, (row) => ({ kind: row.kind, state: circuitOf(row) })),
    ),
  ];
}

async function processes(): Promise<Metric[]> {
  const rows = await db.process.groupBy({
    by: ["role"],
    where: { seenAt: { gt: new Date(Date.now() - PROCESS_GONE_MS) } },
    _count: true,
  });
  const alive = new Map(rows.map(({ role, _count }) => [role, _count]));
  const values = ["web", "worker"].map((role) => ({ value: alive.get(role) ?? 0, labels: { role } }));
  return [gauge("landfall_processes", "Processes that gave a sign of life in the last 15 seconds.", values)];
}

async function backups(): Promise<Metric[]> {
  const newest = await db.backup.findFirst({
    where: { state: "succeeded", finishedAt: { not: null } },
    orderBy: { finishedAt: "desc" },
    select: { finishedAt: true },
  });
  const ageMs = newest?.finishedAt && Date.now() - newest.finishedAt.getTime();
  return [gauge("landfall_backup_age_seconds", "Since the newest backup was made.", single(ageMs && ageMs / 1_000))];
}

function countBy<Row>(rows: readonly Row[], labelsOf: (row: Row) => Record<string, string>): Value[] {
  const groups = Map.groupBy(rows, (row) => JSON.stringify(labelsOf(row)));
  return [...groups].map(([labels, group]) => ({ value: group.length, labels: JSON.parse(labels) }));
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((total, number) => total + number, 0);
}
