import { DeploymentKind, DeploymentState } from "@/lib/contracts/deployment";
import type { Overview, RunningDeployment } from "@/lib/contracts/overview";
import { PhaseKey, PhaseStatus } from "@/lib/contracts/phase-shape";
import { db, type Prisma } from "@/lib/platform/db/client";

const SHOWN = 6;
const UNDER_WAY = ["running", "undoing", "queued"] as const;
/** How many of the newest successes of a service say what is usual. */
const SAMPLE = 5;

const included = {
  service: { select: { id: true, name: true } },
  target: { select: { id: true, name: true } },
  requestedBy: { select: { id: true, name: true } },
  phases: { orderBy: { position: "asc" } },
} as const satisfies Prisma.DeploymentInclude;
type Row = Prisma.DeploymentGetPayload<{ include: typeof included }>;

/** What is under way, what runs before what waits, with what its phases usually take. */
export async function readRunning(serviceIds: string[] | null): Promise<Overview["running"]> {
  const mine = serviceIds ? { serviceId: { in: serviceIds } } : {};
  const [total, ...groups] = await Promise.all([
    db.deployment.count({ where: { state: { in: [...UNDER_WAY] }, ...mine } }),
    ...UNDER_WAY.map((state) =>
      db.deployment.findMany({ where: { state, ...mine }, include: included, orderBy: { id: "desc" }, take: SHOWN }),
    ),
  ]);
  const rows = groups.flat().slice(0, SHOWN);
  const usual = await readUsual(rows);
  return { total, items: rows.map((row) => toRunning(row, usual)) };
}

function toRunning(row: Row, usual: Map<string, number>): RunningDeployment {
  return {
    id: row.id,
    number: row.number,
    service: row.service,
    target: row.target,
    kind: DeploymentKind.parse(row.kind),
    state: DeploymentState.parse(row.state),
    requestedBy: row.requestedBy,
    queuedAt: row.queuedAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    phases: row.phases.map((phase) => ({
      key: PhaseKey.parse(phase.key),
      status: PhaseStatus.parse(phase.status),
      startedAt: phase.startedAt?.toISOString() ?? null,
      durationMs: phase.durationMs,
      usualMs: usual.get(`${row.serviceId} ${row.kind} ${phase.key}`) ?? null,
    })),
  };
}

/** Median per service, kind and phase, of all that is shown at once. */
async function readUsual(rows: readonly Row[]): Promise<Map<string, number>> {
  if (rows.length === 0) return new Map();
  const medians = await db.$queryRaw<{ service_id: string; kind: string; key: string; ms: number }[]>`
    SELECT wanted.service_id, wanted.kind, p.key, round(percentile_cont(0.5) WITHIN GROUP (ORDER BY p.duration_ms))::int AS ms
    FROM (SELECT DISTINCT * FROM unnest(${rows.map((row) => row.serviceId)}::uuid[], ${rows.map((row) => row.kind)}::text[]) AS w(service_id, kind)) AS wanted
    JOIN LATERAL (
      SELECT id FROM deployment d
      WHERE d.service_id = wanted.service_id AND d.state = 'succeeded' AND d.kind = wanted.kind ORDER BY d.id DESC LIMIT ${SAMPLE}
    ) AS recent ON true
    JOIN phase p ON p.deployment_id = recent.id AND p.status = 'succeeded'
    GROUP BY 1, 2, 3`;
  return new Map(medians.map(({ service_id, kind, key, ms }) => [`${service_id} ${kind} ${key}`, ms]));
}
