import { v5 as uuidv5 } from "uuid";
import { db, transaction } from "@/lib/platform/db/client";
import { publish } from "@/lib/platform/outbox/outbox";

/** The usual duration is the median of this many of the newest successes of the service. */
const USUAL_OF = 5;
/** Slow is more than this many times the usual, and at least this much longer. */
const TIMES = 2;
const AT_LEAST_MS = 60_000;
/** For a service without a success, whose usual duration is not known. */
const WITHOUT_HISTORY_MS = 15 * 60_000;

interface Slow {
  id: string;
  service_id: string;
  state: "queued" | "running";
  elapsed_ms: number;
  usual_ms: number | null;
}

/** Publishes each deployment that is queued or running for much longer than usual, once for each of the two. */
export async function publishSlowDeployments(now = new Date()): Promise<void> {
  const slow = await db.$queryRaw<Slow[]>`
    SELECT id, service_id, state, elapsed_ms, usual_ms FROM (
      SELECT d.id, d.service_id, CASE d.state WHEN 'queued' THEN 'queued' ELSE 'running' END AS state, usual.ms AS usual_ms,
        round(extract(epoch FROM ${now}::timestamptz - CASE d.state WHEN 'queued' THEN d.queued_at ELSE d.started_at END) * 1000)::float8 AS elapsed_ms
      FROM deployment d LEFT JOIN LATERAL (
        SELECT round(percentile_cont(0.5) WITHIN GROUP (ORDER BY newest.duration_ms))::int AS ms FROM (
          SELECT s.duration_ms FROM deployment s
          WHERE s.service_id = d.service_id AND s.state = 'succeeded' AND s.kind = d.kind ORDER BY s.id DESC LIMIT ${USUAL_OF}
        ) AS newest
      ) AS usual ON true
      WHERE d.state IN ('queued', 'running', 'undoing')
    ) AS under_way
    WHERE elapsed_ms > coalesce(greatest(usual_ms * ${TIMES}, usual_ms + ${AT_LEAST_MS}), ${WITHOUT_HISTORY_MS})`;
  for (const { id, service_id: serviceId, state, elapsed_ms: elapsedMs, usual_ms: usualMs } of slow) {
    const onceAs = uuidv5(`deployment.slow ${id} ${state}`, uuidv5.URL);
    const event = { type: "deployment.slow", serviceId, deploymentId: id, state, elapsedMs, usualMs } as const;
    await transaction((tx) => publish(tx, event, { onceAs }));
  }
}
