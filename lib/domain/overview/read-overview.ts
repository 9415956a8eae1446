/*
 * The data of the first page in a few queries, each of them bounded: by an index on unfinished deployments, or by a
 * time window. Its cost does not grow with the history.
 */
import { ownedBy, servicesWithin } from "@/lib/contracts/authorize";
import { DeploymentKind, DeploymentState } from "@/lib/contracts/deployment";
import { OVERVIEW_DAYS, type Overview, type OverviewDay, type RunningDeployment } from "@/lib/contracts/overview";
import { can } from "@/lib/contracts/permission";
import { PhaseKey, PhaseStatus } from "@/lib/contracts/phase-shape";
import type { TargetView } from "@/lib/contracts/target";
import type { Actor } from "@/lib/contracts/user";
import { db, type Prisma } from "@/lib/platform/db/client";
import { listTargets } from "@/lib/targets/target-store";
import { type DayStart, dayStarts } from "./day-starts";
import { findServiceIds, readStatuses } from "./status-store";

export async function readOverview(actor: Actor, timeZone: string, now = new Date()): Promise<Overview> {
  const reach = servicesWithin(ownedBy(actor, "deployment:read"));
  const serviceIds = Object.keys(reach).length === 0 ? null : await findServiceIds(reach);
  const [running, statuses, activity, targets, failingChannels] = await Promise.all([
    readRunning(serviceIds),
    readStatuses(serviceIds),
    readDays(serviceIds, timeZone, now),
    listTargets(),
    readFailingChannels(actor),
  ]);
  return { running, ...statuses, ...activity, failingChannels, targets: targets.map(toReach) };
}

/** A channel keeps failing when this many attempts in a row failed. */
const FAILURES = 3;
const CHANNELS_SHOWN = 20;

/** Those that the reader can repair: their own, and an administrator all. */
async function readFailingChannels(actor: Actor): Promise<Overview["failingChannels"]> {
  if (!can(actor, "notification:read")) return [];
  const { ownerId } = ownedBy(actor, "notification:read");
  const rows = await db.notificationChannel.findMany({
    where: { failures: { gte: FAILURES }, ...(ownerId !== undefined && { ownerId }) },
    select: { id: true, name: true, failingSince: true },
    orderBy: { failingSince: "asc" },
    take: CHANNELS_SHOWN,
  });
  return rows.flatMap(({ id, name, failingSince }) =>
    failingSince ? [{ id, name, failingSince: failingSince.toISOString() }] : [],
  );
}

/** Can a target be used? Nothing of its connection. */
function toReach({ id, name, kind, disabledAt, lastCheck, lastCheckAt }: TargetView): Overview["targets"][number] {
  return { id, name, kind, disabledAt, lastCheck, lastCheckAt };
}

const SHOWN = 6;
const UNDER_WAY = ["running", "undoing", "queued"] as const;
/** The usual duration of a phase is the median of this many of the newest successes of its service. */
const USUAL_OF = 5;

const included = {
  service: { select: { id: true, name: true } },
  target: { select: { id: true, name: true } },
  requestedBy: { select: { id: true, name: true } },
  phases: { orderBy: { position: "asc" } },
} as const satisfies Prisma.DeploymentInclude;
type Row = Prisma.DeploymentGetPayload<{ include: typeof included }>;

/** Running deployments before queued ones, with the usual durations of their phases. */
async function readRunning(serviceIds: string[] | null): Promise<Overview["running"]> {
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

/** Median per service, kind and phase, in one query for all rows shown. */
async function readUsual(rows: readonly Row[]): Promise<Map<string, number>> {
  if (rows.length === 0) return new Map();
  const medians = await db.$queryRaw<{ service_id: string; kind: string; key: string; ms: number }[]>`
    SELECT wanted.service_id, wanted.kind, p.key, round(percentile_cont(0.5) WITHIN GROUP (ORDER BY p.duration_ms))::int AS ms
    FROM (SELECT DISTINCT * FROM unnest(${rows.map((row) => row.serviceId)}::uuid[], ${rows.map((row) => row.kind)}::text[]) AS w(service_id, kind)) AS wanted
    JOIN LATERAL (
      SELECT id FROM deployment d
      WHERE d.service_id = wanted.service_id AND d.state = 'succeeded' AND d.kind = wanted.kind ORDER BY d.id DESC LIMIT ${USUAL_OF}
    ) AS recent ON true
    JOIN phase p ON p.deployment_id = recent.id AND p.status = 'succeeded'
    GROUP BY 1, 2, 3`;
  return new Map(medians.map(({ service_id, kind, key, ms }) => [`${service_id} ${kind} ${key}`, ms]));
}

/** A week's median uses this many of its newest successes: more would cost more and hardly change it. */
const MEDIAN_OF = 500;

/** Deployments that ended and succeeded per day, and durations of this week and the last; without removals. */
async function readDays(
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
      ORDER BY queued_at DESC LIMIT ${MEDIAN_OF}
    ) AS newest`;
  return row?.ms ?? null;
}

function successRate(days: readonly OverviewDay[]): number | null {
  const succeeded = days.reduce((sum, day) => sum + day.succeeded, 0);
  const ended = days.reduce((sum, day) => sum + day.succeeded + day.failed, 0);
  return ended === 0 ? null : succeeded / ended;
}
