import { OVERVIEW_DAYS, type Overview } from "@/lib/contracts/overview";
import { db } from "@/lib/db/client";
import { dayStarts } from "./day-starts";

interface Row {
  /** From 1, oldest first; null for the rows that stand for a week. */
  day: number | null;
  /** From 0, oldest first; null for the rows that stand for a day. */
  week: number | null;
  succeeded: number;
  failed: number;
  median_ms: number | null;
}

/** One pass over the window: what ended on each day, and the median of each of its two weeks. Removals are no measure. */
export async function readDays(
  serviceIds: string[] | null,
  timeZone: string,
  now: Date,
): Promise<Pick<Overview, "days" | "successRate" | "duration">> {
  const days = dayStarts(timeZone, OVERVIEW_DAYS, now);
  const starts = days.map(({ start }) => start);
  const rows = await db.$queryRaw<Row[]>`
    WITH ended AS MATERIALIZED (
      SELECT width_bucket(queued_at, ${starts}::timestamptz[]) AS day, state, duration_ms
      FROM deployment
      WHERE queued_at >= ${starts[0]} AND state IN ('succeeded', 'failed', 'stuck') AND kind <> 'removal'
        AND (${serviceIds}::uuid[] IS NULL OR service_id = ANY(${serviceIds}::uuid[]))
    )
    SELECT day, week, count(*) FILTER (WHERE state = 'succeeded')::int AS succeeded,
      count(*) FILTER (WHERE state <> 'succeeded')::int AS failed,
      round(percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_ms) FILTER (WHERE state = 'succeeded'))::int AS median_ms
    FROM (SELECT *, (day - 1) / ${OVERVIEW_DAYS / 2} AS week FROM ended) AS placed
    GROUP BY GROUPING SETS ((day), (week))`;
  const ofDay = new Map(rows.filter((row) => row.day !== null).map((row) => [row.day, row]));
  const weeks = rows.filter((row) => row.week !== null);
  return {
    days: days.map(({ day }, index) => toDay(day, ofDay.get(index + 1))),
    successRate: successRate(weeks),
    duration: {
      medianMs: weeks.find((row) => row.week === 1)?.median_ms ?? null,
      earlierMedianMs: weeks.find((row) => row.week === 0)?.median_ms ?? null,
    },
  };
}

function toDay(day: string, row: Row | undefined): Overview["days"][number] {
  return { day, succeeded: row?.succeeded ?? 0, failed: row?.failed ?? 0, medianMs: row?.median_ms ?? null };
}

function successRate(rows: readonly Row[]): number | null {
  const succeeded = rows.reduce((sum, row) => sum + row.succeeded, 0);
  const ended = rows.reduce((sum, row) => sum + row.succeeded + row.failed, 0);
  return ended === 0 ? null : succeeded / ended;
}
