/* The status of all services: counts, those that need attention with their cause, some of the others. */
import { DeploymentKind, DeploymentState } from "@/lib/contracts/deployment";
import type { Overview, ServiceInNeed, StatusOfService } from "@/lib/contracts/overview";
import { PhaseKey } from "@/lib/contracts/phase-shape";
import { ProblemData } from "@/lib/contracts/problem";
import { Live, SERVICE_STATUSES } from "@/lib/contracts/service-status";
import { HealthAnswer } from "@/lib/contracts/uptime";
import { db, type Prisma } from "@/lib/platform/db/client";
import { toServiceCheckDetail } from "@/lib/services/service-check";
import { STATUS_OF_SERVICES } from "@/lib/services/service-status-store";

const SHOWN = 8;

interface Row {
  id: string;
  name: string;
  target: string;
  release: number | null;
  check_since: Date | null;
  live: string;
  live_since: Date | null;
  deployment_id: string | null;
  number: number;
  kind: string;
  state: string;
  queued_at: Date;
  finished_at: Date | null;
  needs_attention: boolean;
}

/** Includes removed services: their history still belongs to the owner. */
export async function findServiceIds(where: Prisma.ServiceWhereInput): Promise<string[]> {
  const rows = await db.service.findMany({ where, select: { id: true } });
  return rows.map(({ id }) => id);
}

export async function readStatuses(serviceIds: string[] | null): Promise<Pick<Overview, "attention" | "services">> {
  const [counts, rows] = await Promise.all([countStatuses(serviceIds), readShown(serviceIds)]);
  const inNeed = rows.filter((row) => row.needs_attention);
  const others = rows.filter((row) => !row.needs_attention).map(toStatus);
  const { total, needing, ...statuses } = counts;
  return {
    attention: { total: needing, items: await withCauses(inNeed) },
    services: { total, statuses, items: others },
  };
}

type Counts = Overview["services"]["statuses"] & { total: number; needing: number };

async function countStatuses(serviceIds: string[] | null): Promise<Counts> {
  const rows = await db.$queryRaw<{ status: string; count: number }[]>`
    WITH of_all AS (
      SELECT statuses, needs_attention FROM (${STATUS_OF_SERVICES}) AS s
      WHERE ${serviceIds}::uuid[] IS NULL OR id = ANY(${serviceIds}::uuid[])
    )
    SELECT status, count(*)::int AS count FROM of_all, unnest(statuses) AS status GROUP BY status
    UNION ALL SELECT 'total', count(*)::int FROM of_all
    UNION ALL SELECT 'needing', count(*)::int FROM of_all WHERE needs_attention`;
  const counted = new Map(rows.map(({ status, count }) => [status, count]));
  const keys = [...SERVICE_STATUSES, "total", "needing"] as const;
  return Object.fromEntries(keys.map((key) => [key, counted.get(key) ?? 0])) as Counts;
}

/** The first services that need attention (down first), and the first of the others (changing first). */
function readShown(serviceIds: string[] | null): Promise<Row[]> {
  return db.$queryRaw<Row[]>`
    WITH placed AS (
      SELECT s.*, row_number() OVER (PARTITION BY needs_attention ORDER BY rank, name) AS position
      FROM (${STATUS_OF_SERVICES}) AS s
      WHERE ${serviceIds}::uuid[] IS NULL OR s.id = ANY(${serviceIds}::uuid[])
    )
    SELECT placed.*, target.name AS target, succeeded.finished_at AS live_since
    FROM placed JOIN target ON target.id = placed.target_id
    LEFT JOIN LATERAL (
      SELECT finished_at FROM deployment WHERE service_id = placed.id AND state = 'succeeded' ORDER BY number DESC LIMIT 1
    ) AS succeeded ON true
    WHERE placed.position <= ${SHOWN} ORDER BY placed.position`;
}

/** The cause of each status: why its last deployment failed, and what the newest check of its host found. */
async function withCauses(rows: readonly Row[]): Promise<ServiceInNeed[]> {
  const services = await db.service.findMany({
    where: { id: { in: rows.map(({ id }) => id) } },
    select: { id: true, currentReleaseId: true, check: true, watched: { select: { answer: true } } },
  });
  const failures = await db.deployment.findMany({
    where: { id: { in: rows.flatMap(({ state, deployment_id }) => (isFailure(state) ? (deployment_id ?? []) : [])) } },
    select: { id: true, problem: true, phases: { where: { status: "failed" }, take: 1, orderBy: { position: "asc" } } },
  });
  return rows.map((row) => {
    const service = services.find(({ id }) => id === row.id);
    const failure = failures.find(({ id }) => id === row.deployment_id);
    const [phase] = failure?.phases ?? [];
    const problem = ProblemData.nullable().parse(phase?.problem ?? failure?.problem ?? null);
    return {
      ...toStatus(row),
      failed: failure ? { phase: phase ? PhaseKey.parse(phase.key) : null, problem } : null,
      health: row.live === "unhealthy" ? HealthAnswer.nullable().parse(service?.watched?.answer ?? null) : null,
      check: row.live === "live" || !service ? null : toServiceCheckDetail(service.check, service.currentReleaseId),
    };
  });
}

function isFailure(state: string): boolean {
  return state === "failed" || state === "stuck";
}

function toStatus(row: Row): StatusOfService {
  const { id, name, target, live, release } = row;
  const since = live === "none" ? null : live === "live" ? row.live_since : row.check_since;
  const lastDeployment = row.deployment_id && {
    id: row.deployment_id,
    number: row.number,
    kind: DeploymentKind.parse(row.kind),
    state: DeploymentState.parse(row.state),
    queuedAt: row.queued_at.toISOString(),
    finishedAt: row.finished_at?.toISOString() ?? null,
  };
  return {
    id,
    name,
    target,
    live: Live.parse({ state: live, release, since: since?.toISOString() ?? null }),
    lastDeployment: lastDeployment || null,
  };
}
