import { db } from "@/lib/platform/db/client";

/** How many of the newest successful deployments the median is of. */
const SAMPLE = 10;

/** Median milliseconds per phase, so that a running one can say how long it usually takes. Skipped phases do not count. */
export async function readUsualDurations(serviceId: string, kind: string): Promise<Map<string, number>> {
  const rows = await db.$queryRaw<{ key: string; ms: number }[]>`
    WITH recent AS (
      SELECT id FROM deployment WHERE service_id = ${serviceId}::uuid AND state = 'succeeded' AND kind = ${kind} ORDER BY id DESC LIMIT ${SAMPLE}
    )
    SELECT p.key, round(percentile_cont(0.5) WITHIN GROUP (ORDER BY p.duration_ms))::int AS ms
    FROM phase p JOIN recent ON recent.id = p.deployment_id WHERE p.status = 'succeeded' GROUP BY p.key`;
  return new Map(rows.map(({ key, ms }) => [key, ms]));
}
