import { OVERVIEW_DAYS, type Overview, type OverviewDay } from "@/lib/contracts/overview";
import { db } from "@/lib/platform/db/client";
import { type DayStart, dayStarts } from "./day-starts";

/** How many of a week's newest successes its median is of: more would cost more and say the same. */
const SAMPLE = 500;

/** What ended on each day, how much of it well, and how long it took this week and the week before. Removals are no measure. */
export async function readDays(
  serviceIds: string[] | null,
  timeZone: string,
  now: Date,
): Promise<Pick<Overview, "days" | "successRate" | "duration">> {
  const starts = dayStarts(timeZone, OVERVIEW_DAYS, now);
  const [first, middle] = [starts[0]?.start ?? now, starts[OVERVIEW_DAYS / 2]?.start ?? now];
  const [days, medianMs, earlierMedianMs] = await Promise.all([
    countDays(serviceIds, starts, first),
    readMedian(serviceIds, middle, now),
    readMedian(serviceIds, first, middle),
  ]);
  return { days, successRate: successRate(days), duration: { medianMs, earlierMedianMs } };
}

async function countDays(
  serviceIds: string[] | null,
  starts: readonly DayStart[],
  first: Date,
): Promise<OverviewDay[]> {
  const rows = await db.$queryRaw<{ day: number; succeeded: number; failed: number }[]>`
    SELECT width_bucket(queued_at, ${starts.map(({ start }) => start)}::timestamptz[]) AS day,
      count(*) FILTER (WHERE state = 'succeeded')::int AS succeeded,
      count(*) FILTER (WHERE state <> 'succeeded')::int AS failed
    FROM deployment
    WHERE queued_at >= ${first} AND state IN ('succeeded', 'failed', 'stuck') AND kind <> 'removal'
      AND (${serviceIds}::uuid[] IS NULL OR service_id = ANY(${serviceIds}::uuid[]))
    GROUP BY 1`;
  const counted = new Map(rows.map(({ day, ...counts }) => [day, counts]));
  return starts.map(({ day }, index) => ({ day, ...(counted.get(index + 1) ?? { succeeded: 0, failed: 0 }) }));
}

async function readMedian(serviceIds: string[] | null, from: Date, to: Date): Promise<number | null> {
  const [row] = await db.$queryRaw<{ ms: number | null }[]>`
    SELECT round(percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_ms))::int AS ms
    FROM (
      SELECT duration_ms FROM deployment
      WHERE queued_at >= ${from} AND queued_at < ${to} AND state = 'succeeded' AND kind <> 'removal'
        AND (${serviceIds}::uuid[] IS NULL OR service_id = ANY(${serviceIds}::uuid[]))
      ORDER BY queued_at DESC LIMIT ${SAMPLE}
    ) AS newest`;
  return row?.ms ?? null;
}

function successRate(days: readonly OverviewDay[]): number | null {
  const succeeded = days.reduce((sum, day) => sum + day.succeeded, 0);
  const ended = days.reduce((sum, day) => sum + day.succeeded + day.failed, 0);
  return ended === 0 ? null : succeeded / ended;
}
