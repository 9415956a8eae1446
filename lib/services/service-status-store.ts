import type { ServiceSummary } from "@/lib/contracts/service";
import { SERVICE_STATUSES } from "@/lib/contracts/service-status";
import { db, Prisma } from "@/lib/platform/db/client";

/**
 * Every existing service with the two parts of its status: what is live, and its last deployment. `statuses` lists its
 * values of contracts/service-status.ts, `rank` is the place of the first of them there. One index step per service,
 * for any history; a check of another release than the current one does not count.
 */
export const STATUS_OF_SERVICES = Prisma.sql`
  SELECT known.*,
    (SELECT min(array_position(${[...SERVICE_STATUSES]}::text[], status)) FROM unnest(statuses) AS status) AS rank,
    statuses && ARRAY['down', 'restarting', 'unhealthy', 'failed'] AND NOT statuses && ARRAY['changing'] AS needs_attention
  FROM (
    SELECT facts.*, array_remove(ARRAY[live, CASE
      WHEN state IN ('queued', 'running', 'undoing') THEN 'changing' WHEN state IN ('failed', 'stuck') THEN 'failed' END], NULL) AS statuses
    FROM (
      SELECT s.id, s.name, s.target_id, release.number AS release, coalesce(CASE WHEN check_of.condition IN ('down', 'unsteady') THEN check_of.since END, health.since) AS check_since,
        CASE WHEN release.id IS NULL THEN 'none' WHEN check_of.condition = 'down' THEN 'down'
          WHEN check_of.condition = 'unsteady' THEN 'restarting' WHEN health.state = 'unhealthy' THEN 'unhealthy' ELSE 'live' END AS live,
        last.id AS deployment_id, last.number, last.kind, last.state, last.queued_at, last.finished_at
      FROM service s
      LEFT JOIN release ON release.id = s.current_release_id
      LEFT JOIN service_check AS check_of ON check_of.service_id = s.id AND check_of.release_id = s.current_release_id
      LEFT JOIN service_health AS health ON health.service_id = s.id AND health.release_id = s.current_release_id
      LEFT JOIN LATERAL (
        SELECT id, number, kind, state, queued_at, finished_at FROM deployment
        WHERE service_id = s.id ORDER BY number DESC LIMIT 1
      ) AS last ON true
      WHERE s.deleted_at IS NULL
    ) AS facts
  ) AS known`;

export interface LastDeployment {
  deployment: NonNullable<ServiceSummary["lastDeployment"]> | null;
  /** The service's last address; null after a removal. */
  url: string | null;
  /** When the newest successful deployment made its release live. */
  liveSince: string | null;
}

/** One index step per service, for any history: a nested `take` of the ORM would read all of it. */
export async function readLastDeployments(serviceIds: string[]): Promise<Map<string, LastDeployment>> {
  const rows = await db.$queryRaw<Row[]>`
    SELECT wanted.id AS service_id, newest.id, newest.number, newest.kind, newest.state, newest.finished_at, newest.queued_at, good.url, good.live_since
    FROM unnest(${serviceIds}::uuid[]) AS wanted(id)
    LEFT JOIN LATERAL (
      SELECT id, number, kind, state, finished_at, queued_at FROM deployment
      WHERE service_id = wanted.id ORDER BY number DESC LIMIT 1
    ) AS newest ON true
    LEFT JOIN LATERAL (
      SELECT CASE WHEN kind = 'removal' THEN NULL ELSE url END AS url, finished_at AS live_since FROM deployment
      WHERE service_id = wanted.id AND state = 'succeeded' ORDER BY number DESC LIMIT 1
    ) AS good ON true`;
  return new Map(rows.map((row) => [row.service_id, toLast(row)]));
}

interface Row {
  service_id: string;
  id: string | null;
  number: number;
  kind: string;
  state: string;
  finished_at: Date | null;
  queued_at: Date;
  url: string | null;
  live_since: Date | null;
}

function toLast({ id, number, kind, state, url, ...times }: Row): LastDeployment {
  if (id === null) return { deployment: null, url: null, liveSince: null };
  const liveSince = times.live_since?.toISOString() ?? null;
  const finishedAt = times.finished_at?.toISOString() ?? null;
  return {
    deployment: { id, number, kind, state, finishedAt, queuedAt: times.queued_at.toISOString() },
    url,
    liveSince,
  };
}
