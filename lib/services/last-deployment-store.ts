import type { ServiceSummary } from "@/lib/contracts/service";
import { db } from "@/lib/platform/db/client";

export interface LastDeployment {
  deployment: NonNullable<ServiceSummary["lastDeployment"]> | null;
  /** Where the service was last reached; a removal takes it away. */
  url: string | null;
  /** When the newest deployment that succeeded made its release live. */
  liveSince: string | null;
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

/** One index step per service, however long its history: a nested `take` of the ORM would read all of it. */
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
