import { SERVICE_STATUSES } from "@/lib/contracts/service-status";
import { Prisma } from "@/lib/platform/db/client";

/**
 * Every service that is not removed with the two facts of its status: what is live, and its last deployment. `statuses`
 * are those of contracts/service-status.ts that it has, `rank` is the place of the first of them there. One index step per
 * service, however long its history; a check of another release than the current one says nothing.
 */
export const STATUS_OF_SERVICES = Prisma.sql`
  SELECT known.*,
    (SELECT min(array_position(${[...SERVICE_STATUSES]}::text[], status)) FROM unnest(statuses) AS status) AS rank,
    statuses && ARRAY['down', 'restarting', 'failed'] AND NOT statuses && ARRAY['changing'] AS needs_attention
  FROM (
    SELECT facts.*, array_remove(ARRAY[live, CASE
      WHEN state IN ('queued', 'running', 'undoing') THEN 'changing' WHEN state IN ('failed', 'stuck') THEN 'failed' END], NULL) AS statuses
    FROM (
      SELECT s.id, s.name, s.target_id, release.number AS release, check_of.since AS check_since,
        CASE WHEN release.id IS NULL THEN 'none' WHEN check_of.condition = 'down' THEN 'down'
          WHEN check_of.condition = 'unsteady' THEN 'restarting' ELSE 'live' END AS live,
        last.id AS deployment_id, last.number, last.kind, last.state, last.queued_at, last.finished_at
      FROM service s
      LEFT JOIN release ON release.id = s.current_release_id
      LEFT JOIN service_check AS check_of ON check_of.service_id = s.id AND check_of.release_id = s.current_release_id
      LEFT JOIN LATERAL (
        SELECT id, number, kind, state, queued_at, finished_at FROM deployment
        WHERE service_id = s.id ORDER BY number DESC LIMIT 1
      ) AS last ON true
      WHERE s.deleted_at IS NULL
    ) AS facts
  ) AS known`;
