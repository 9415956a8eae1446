import type { Pool } from "pg";

export const DEPLOYMENTS = 1_000_000;
/** The newest deployments have their six phases too: older ones are on no measured page. */
const WITH_PHASES = 100_000;
const SERVICES = 200;
const QUIET_SERVICES = 10;
/** Half a minute apart: one year with nearly three thousand a day. */
const EVERY_S = 30;

export interface SeededPlace {
  /** An existing service with files: it gets the longest history. */
  busyService: string;
  adminId: string;
  /** Owns every tenth service. */
  memberId: string;
  /** Owns the services that were deployed a few times, long ago. */
  quietId: string;
}

/**
 * A year of history. A sixth of it belongs to one service, the rest in decreasing shares to two hundred; 90 %
 * succeeded, 7 % failed, a hundred are stuck; 4 % were rollbacks, one in a thousand a removal. Every row has a whole
 * specification.
 */
export async function seedHistory(database: Pool, place: SeededPlace): Promise<void> {
  const client = await database.connect();
  try {
    await client.query("SELECT setseed(0.42)");
    await client.query(SERVICE_ROWS, [
      SERVICES,
      QUIET_SERVICES,
      place.adminId,
      place.memberId,
      place.quietId,
      place.busyService,
    ]);
    await client.query(PLACED_ROWS, [DEPLOYMENTS, SERVICES, QUIET_SERVICES, place.busyService]);
    await client.query(DEPLOYMENT_ROWS, [DEPLOYMENTS, EVERY_S, place.adminId]);
    await client.query(PHASE_ROWS, [WITH_PHASES]);
    await client.query("DROP TABLE placed");
    await client.query("VACUUM ANALYZE");
  } finally {
    client.release();
  }
}

const SERVICE_ROWS = `
INSERT INTO service (id, name, owner_id, target_id, driver, source, port, created_at, updated_at)
SELECT uuidv7(), name, owner_id, target_id, driver, source, 20000 + n, created_at, updated_at FROM (
  SELECT n, 'service-' || n AS name, CASE WHEN n % 10 = 0 THEN $4::uuid ELSE $3::uuid END AS owner_id FROM generate_series(1, $1::int - 1) AS n
  UNION ALL
  SELECT $1::int + n, 'quiet-' || n, $5::uuid FROM generate_series(1, $2::int) AS n
) AS made, (SELECT target_id, driver, source, created_at, updated_at FROM service WHERE name = $6::text) AS model`;

/** The first three hundred belong to the quiet services; of the other services, lower numbers get more. */
const PLACED_ROWS = `
CREATE TEMP TABLE placed AS
SELECT n, service_id, row_number() OVER (PARTITION BY service_id ORDER BY n) AS number, random() AS luck, random() AS chance
FROM (
  SELECT n, CASE WHEN n <= $3::int * 30 THEN 'quiet-' || (n % $3::int + 1)
    ELSE 'service-' || floor(power(random(), 3) * $2::int)::int END AS name
  FROM generate_series(1, $1::int) AS n
) AS drawn JOIN (SELECT id AS service_id, CASE WHEN name = $4::text THEN 'service-0' ELSE name END AS name FROM service) AS known USING (name)`;

const DEPLOYMENT_ROWS = `
INSERT INTO deployment (id, service_id, target_id, number, kind, state, driver, spec, trigger, requested_by_id, fencing, last_event, log_lines,
  queued_at, started_at, finished_at, duration_ms, problem, url)
SELECT uuidv7(-$2::int * ($1::int - n) * interval '1 second'), service_id, target_id, number,
  CASE WHEN chance < 0.959 THEN 'deploy' WHEN chance < 0.999 THEN 'rollback' ELSE 'removal' END, state, 'process',
  jsonb_build_object('serviceName', name, 'driver', driver, 'source', source, 'settings', settings, 'port', port, 'healthPath', health_path,
    'health', '{"portTimeoutMs": 30000, "requestTimeoutMs": 5000, "intervalMs": 2000, "healthyThreshold": 3, "goodIntervalMs": 200,
      "unhealthyThreshold": 3, "stabilityMs": 2000, "drainMs": 10000}'::jsonb,
    'domain', NULL, 'volumes', '[]'::jsonb, 'dropletId', NULL, 'autoRegister', true, 'environmentRevisionId', NULL),
  'console', $3::uuid, 1, 40, 300, at, at + interval '20 ms', at + interval '12 s', 12000 + (luck * 1000)::int,
  CASE WHEN state IN ('failed', 'stuck') THEN '{"code": "health-failed", "params": {"path": "/health", "tries": 3, "status": 500}}'::jsonb END,
  'http://localhost:' || port
FROM (
  SELECT *, now() - $2::int * ($1::int - n) * interval '1 second' AS at,
    CASE WHEN luck < 0.9 THEN 'succeeded' WHEN luck < 0.97 THEN 'failed' WHEN luck < 0.9999 THEN 'cancelled' ELSE 'stuck' END AS state
  FROM placed
) AS wanted JOIN service ON service.id = service_id
ORDER BY n`;

const PHASE_ROWS = `
INSERT INTO phase (deployment_id, position, key, status, attempt, started_at, finished_at, duration_ms, detail)
SELECT newest.id, position, key, CASE WHEN position = 4 AND state <> 'succeeded' THEN 'failed' WHEN position = 5 AND state <> 'succeeded' THEN 'pending'
  ELSE 'succeeded' END, 1, queued_at, queued_at + interval '2 s', 2000, 'as it should be'
FROM (SELECT id, state, queued_at FROM deployment ORDER BY id DESC LIMIT $1::int) AS newest,
  unnest(ARRAY[0, 1, 2, 3, 4, 5], ARRAY['validation', 'transfer', 'build', 'start', 'verify', 'register']) AS p(position, key)`;
