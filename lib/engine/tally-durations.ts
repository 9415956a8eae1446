import { db } from "@/lib/platform/db/client";

/**
 * Upper bounds of the histograms' buckets. The migration that created the tally has the same numbers and counted the
 * history with them: other bounds need a migration that counts again.
 */
export const BOUNDS_MS = [100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000];
/** The batch size for a long backlog. */
const AT_ONCE = 5_000;

/**
 * Counts uncounted deployments, each once and in one statement with its mark, so several workers may do so
 * concurrently. The order prevents a deadlock, and a worker that waited counts what the other did not: after it, the
 * deployment whose end was published is counted. `width_bucket` puts a bound into the next bucket, a histogram into the
 * bucket it ends: hence one less.
 */
const TALLY = `
WITH ended AS (
  UPDATE deployment SET tallied = true WHERE id IN (
    SELECT id FROM deployment WHERE NOT tallied AND finished_at IS NOT NULL ORDER BY id LIMIT ${AT_ONCE} FOR UPDATE)
  RETURNING id, kind, driver, state, duration_ms
), durations AS (
  SELECT 'deployment' AS subject, kind, driver, state AS outcome, coalesce(duration_ms, 0) AS ms FROM ended
  UNION ALL
  SELECT p.key, e.kind, e.driver, p.status, p.duration_ms FROM phase p JOIN ended e ON e.id = p.deployment_id
  WHERE p.duration_ms IS NOT NULL AND p.status IN ('succeeded', 'failed', 'undone')
), counted AS (
  INSERT INTO duration_tally (subject, kind, driver, outcome, bucket, count, total_ms)
  SELECT subject, kind, driver, outcome, width_bucket(ms - 1, $1::int[]) AS bucket, count(*), sum(ms)
  FROM durations GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
  ON CONFLICT (subject, kind, driver, outcome, bucket)
  DO UPDATE SET count = duration_tally.count + excluded.count, total_ms = duration_tally.total_ms + excluded.total_ms
)
SELECT count(*)::int AS count FROM ended`;

export async function tallyDurations(): Promise<void> {
  let counted: number | undefined;
  do {
    const [ended] = await db.$queryRawUnsafe<{ count: number }[]>(TALLY, BOUNDS_MS);
    counted = ended?.count;
  } while (counted === AT_ONCE);
}
