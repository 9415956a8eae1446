import { DeploymentState } from "@/lib/contracts/deployment";
import { type Overview, STANDINGS, Standing, type StandingService } from "@/lib/contracts/overview";
import { db } from "@/lib/db/client";

const SHOWN = 8;

/** Of a person, the removed ones too: their history is still theirs. */
export async function findOwnServiceIds(ownerId: string): Promise<string[]> {
  const rows = await db.service.findMany({ where: { ownerId }, select: { id: true } });
  return rows.map(({ id }) => id);
}

interface Row {
  id: string;
  name: string;
  target: string;
  standing: string;
  /** Of all services, those that are not among the rows too. */
  of_standing: number;
  position: number;
  deployment_id: string | null;
  number: number;
  state: string;
  queued_at: Date;
  finished_at: Date | null;
  down_since: Date | null;
}

/** How every service stands, counted; and the first few by name, what is down or failed before what moves before what is well. */
export async function readStandings(serviceIds: string[] | null): Promise<Overview["services"]> {
  const rows = await db.$queryRaw<Row[]>`
    WITH standing AS (
      SELECT s.id, s.name, s.target_id, d.id AS deployment_id, d.number, d.state, d.queued_at, d.finished_at,
        c.since AS down_since,
        CASE WHEN d.state IN ('queued', 'running', 'undoing') THEN 'changing'
             WHEN c.since IS NOT NULL THEN 'down'
             WHEN d.state IN ('failed', 'stuck') THEN 'failed'
             WHEN s.current_release_id IS NOT NULL THEN 'serving' ELSE 'idle' END AS standing
      FROM service s
      LEFT JOIN LATERAL (
        SELECT id, number, state, queued_at, finished_at FROM deployment WHERE service_id = s.id ORDER BY number DESC LIMIT 1
      ) AS d ON true
      LEFT JOIN service_check AS c ON c.service_id = s.id AND c.release_id = s.current_release_id AND c.condition = 'down'
      WHERE s.deleted_at IS NULL AND (${serviceIds}::uuid[] IS NULL OR s.id = ANY(${serviceIds}::uuid[]))
    ), placed AS (
      SELECT *, count(*) OVER (PARTITION BY standing)::int AS of_standing,
        row_number() OVER (PARTITION BY standing ORDER BY name)::int AS in_standing,
        row_number() OVER (ORDER BY array_position(${STANDINGS as readonly string[]}::text[], standing), name)::int AS position
      FROM standing
    )
    SELECT placed.*, target.name AS target FROM placed JOIN target ON target.id = placed.target_id
    WHERE placed.position <= ${SHOWN} OR placed.in_standing = 1 ORDER BY placed.position`;
  const counts = new Map(rows.map((row) => [row.standing, row.of_standing]));
  const standings = Object.fromEntries(STANDINGS.map((standing) => [standing, counts.get(standing) ?? 0])) as Record<
    Standing,
    number
  >;
  const total = Object.values(standings).reduce((sum, count) => sum + count, 0);
  return { total, standings, items: rows.filter((row) => row.position <= SHOWN).map(toStanding) };
}

function toStanding({
  id,
  name,
  target,
  standing,
  deployment_id,
  number,
  state,
  queued_at,
  finished_at,
  down_since,
}: Row): StandingService {
  const lastDeployment = deployment_id && {
    id: deployment_id,
    number,
    state: DeploymentState.parse(state),
    queuedAt: queued_at.toISOString(),
    finishedAt: finished_at?.toISOString() ?? null,
  };
  return {
    id,
    name,
    target,
    standing: Standing.parse(standing),
    lastDeployment: lastDeployment || null,
    downSince: down_since?.toISOString() ?? null,
  };
}
