import type { Reach } from "@/lib/contracts/authorize";
import {
  type DeploymentCall,
  type DeploymentFilter,
  DeploymentKind,
  DeploymentState,
  type DeploymentSummary,
  type DeploymentView,
  type PhaseView,
  ProbeSummary,
} from "@/lib/contracts/deployment";
import { type Page, type PageQuery, toPage } from "@/lib/contracts/page";
import { PhaseKey, PhaseStatus } from "@/lib/contracts/phase-shape";
import { Problem, ProblemData } from "@/lib/contracts/problem";
import { ReleaseCommandRun } from "@/lib/contracts/release-command";
import { DriverKind } from "@/lib/contracts/service";
import { findRollbackTarget, labelsOf } from "@/lib/engine/releases/release-store";
import { seenAddress } from "@/lib/platform/asked-host";
import { db, Prisma } from "@/lib/platform/db/client";
import { readFacts } from "./read-facts";

const summaryInclude = {
  service: { select: { id: true, name: true } },
  target: { select: { id: true, name: true } },
  requestedBy: { select: { id: true, name: true } },
  phases: { orderBy: { position: "asc" }, select: { key: true, status: true, durationMs: true } },
} as const satisfies Prisma.DeploymentInclude;

type Narrowing = DeploymentFilter & DeploymentCall & Reach;

/** Newest first, of the services within reach. */
export async function listDeployments(filter: Narrowing, page: PageQuery): Promise<Page<DeploymentSummary>> {
  const { service, number, search, ownerId, serviceIds, targetIds } = filter;
  const narrowed = [service, number, search, ownerId, serviceIds, targetIds].some((wanted) => wanted !== undefined);
  const rows = await db.deployment.findMany({
    where: narrowed
      ? { id: { in: await findIdsOfServices(filter, page) } }
      : {
          target: filter.target === undefined ? undefined : { name: filter.target },
          state: filter.state,
          kind: filter.kind,
          id: page.after === undefined ? undefined : { lt: page.after },
        },
    include: summaryInclude,
    orderBy: { id: "desc" },
    take: page.limit + 1,
  });
  return toPage(rows.map(toSummary), page.limit);
}

/**
 * A lateral query per service, so that each uses its own index. With a plain join, the planner walks the history of all
 * services until it has found enough rows: the whole history when the services were idle for long.
 */
async function findIdsOfServices(filter: Narrowing, page: PageQuery): Promise<string[]> {
  const { service = null, search = null, ownerId = null, target = null, state = null, kind = null } = filter;
  const [serviceIds, targetIds] = [filter.serviceIds?.slice() ?? null, filter.targetIds?.slice() ?? null];
  const { after = null, limit } = page;
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT d.id FROM service s CROSS JOIN LATERAL (
      SELECT id FROM deployment
      WHERE service_id = s.id AND (${state}::text IS NULL OR state = ${state}) AND (${kind}::text IS NULL OR kind = ${kind})
        AND (${target}::text IS NULL OR target_id = (SELECT t.id FROM target t WHERE t.name = ${target}))
        AND (${after}::uuid IS NULL OR id < ${after}::uuid) ${filter.number ? Prisma.sql`AND number = ${filter.number}` : Prisma.empty}
      ORDER BY id DESC LIMIT ${limit + 1}
    ) AS d
    WHERE (${service}::text IS NULL OR s.name = ${service}) AND (${search}::text IS NULL OR strpos(s.name, lower(${search})) > 0)
      AND (${ownerId}::uuid IS NULL OR s.owner_id = ${ownerId}::uuid)
      AND (${serviceIds}::uuid[] IS NULL OR s.id = ANY(${serviceIds}::uuid[]))
      AND (${targetIds}::uuid[] IS NULL OR s.target_id = ANY(${targetIds}::uuid[]))
    ORDER BY d.id DESC LIMIT ${limit + 1}`;
  return rows.map(({ id }) => id);
}

type SummaryRow = Prisma.DeploymentGetPayload<{ include: typeof summaryInclude }>;

function toSummary(row: SummaryRow): DeploymentSummary {
  return {
    ...base(row),
    phases: row.phases.map((phase) => ({
      key: PhaseKey.parse(phase.key),
      status: PhaseStatus.parse(phase.status),
      durationMs: phase.durationMs,
    })),
  };
}

function base(row: Omit<SummaryRow, "phases">) {
  return {
    id: row.id,
    number: row.number,
    service: row.service,
    target: row.target,
    driver: DriverKind.parse(row.driver),
    kind: DeploymentKind.parse(row.kind),
    state: DeploymentState.parse(row.state),
    trigger: row.trigger,
    requestedBy: row.requestedBy,
    queuedAt: row.queuedAt.toISOString(),
    startedAt: iso(row.startedAt),
    finishedAt: iso(row.finishedAt),
    durationMs: row.durationMs,
    problem: ProblemData.nullable().parse(row.problem),
    ...labelsOf(row.spec, row.artifact),
  };
}

const viewInclude = {
  ...summaryInclude,
  phases: { orderBy: { position: "asc" } },
  service: { include: { currentRelease: true, registrations: { orderBy: { updatedAt: "desc" }, take: 1 } } },
} as const satisfies Prisma.DeploymentInclude;
type ViewRow = Prisma.DeploymentGetPayload<{ include: typeof viewInclude }>;

/** The subject for authorize(): a deployment's owner is its service's, and its target is the service's current one. */
interface OfService {
  ownerId: string;
  serviceId: string;
  targetId: string;
}

/** The data of the deployment's page, as of event number `lastEvent`; null for an unknown id. */
export async function findDeployment(id: string): Promise<(DeploymentView & OfService) | null> {
  const row = await db.deployment.findUnique({ where: { id }, include: viewInclude });
  if (!row) return null;
  const { ownerId, targetId } = row.service;
  return { ...(await toView(row)), ownerId, serviceId: row.serviceId, targetId };
}

export async function getDeployment(id: string): Promise<DeploymentView> {
  const found = await findDeployment(id);
  if (!found) throw new Problem("not-found");
  const { ownerId: _, serviceId: __, targetId: ___, ...view } = found;
  return view;
}

async function toView(row: ViewRow): Promise<DeploymentView> {
  const [position, usual, rollbackTo, numbers] = await Promise.all([
    positionOf(row),
    readUsualDurations(row.serviceId, row.kind),
    findRollbackTarget(db, row.service),
    releaseNumbers(row),
  ]);
  const { currentRelease, registrations } = row.service;
  const registration = registrations[0];
  return {
    ...base(row),
    service: { id: row.service.id, name: row.service.name },
    position,
    phases: await Promise.all(row.phases.map((phase) => toPhase(phase, usual.get(phase.key) ?? null))),
    warnings: ProblemData.array().parse(row.warnings),
    url: seenAddress(row.url),
    releaseId: row.releaseId,
    releaseNumber: numbers.releases.get(row.releaseId ?? "") ?? null,
    serving: currentRelease && placed(currentRelease, numbers),
    rollbackTo: rollbackTo && placed(rollbackTo, numbers),
    probes: ProbeSummary.nullable().parse(row.probes),
    releaseCommand: ReleaseCommandRun.nullable().parse(row.releaseCommand),
    registration: registration
      ? { endpoint: registration.endpoint, status: registration.status, registeredAt: iso(registration.registeredAt) }
      : null,
    cancelRequestedAt: iso(row.cancelRequestedAt),
    lastEvent: row.lastEvent,
    logLines: row.logLines,
  };
}

async function toPhase(phase: ViewRow["phases"][number], usualMs: number | null): Promise<PhaseView> {
  return {
    key: PhaseKey.parse(phase.key),
    status: PhaseStatus.parse(phase.status),
    attempt: phase.attempt,
    startedAt: iso(phase.startedAt),
    finishedAt: iso(phase.finishedAt),
    durationMs: phase.durationMs,
    ...(await readFacts(phase)),
    progress: null,
    problem: ProblemData.nullable().parse(phase.problem),
    undoneAt: iso(phase.undoneAt),
    undoDurationMs: phase.undoDurationMs,
    undoProblem: ProblemData.nullable().parse(phase.undoProblem),
    usualMs,
  };
}

/** The median is taken over this many of the newest successful deployments. */
const SAMPLE = 10;

/** Median milliseconds per phase, shown as a running phase's usual duration. Skipped phases do not count. */
async function readUsualDurations(serviceId: string, kind: string): Promise<Map<string, number>> {
  const rows = await db.$queryRaw<{ key: string; ms: number }[]>`
    WITH recent AS (
      SELECT id FROM deployment WHERE service_id = ${serviceId}::uuid AND state = 'succeeded' AND kind = ${kind} ORDER BY id DESC LIMIT ${SAMPLE}
    )
    SELECT p.key, round(percentile_cont(0.5) WITHIN GROUP (ORDER BY p.duration_ms))::int AS ms
    FROM phase p JOIN recent ON recent.id = p.deployment_id WHERE p.status = 'succeeded' GROUP BY p.key`;
  return new Map(rows.map(({ key, ms }) => [key, ms]));
}

/** How many deployments of its service are queued before it, plus one. */
async function positionOf(row: ViewRow): Promise<number | null> {
  if (row.state !== "queued") return null;
  const before = await db.deployment.count({
    where: { serviceId: row.serviceId, state: "queued", number: { lt: row.number } },
  });
  return before + 1;
}

interface Numbers {
  releases: Map<string, number>;
  deployments: Map<string, number>;
}

/** People refer to releases and deployments by number; the rows refer to them by id. */
async function releaseNumbers(row: ViewRow): Promise<Numbers> {
  const releases = await db.release.findMany({
    where: { serviceId: row.serviceId },
    select: { id: true, number: true, deploymentId: true },
    orderBy: { number: "desc" },
    take: 50,
  });
  const deployments = await db.deployment.findMany({
    where: { id: { in: releases.map((release) => release.deploymentId) } },
    select: { id: true, number: true },
  });
  return {
    releases: new Map(releases.map(({ id, number }) => [id, number])),
    deployments: new Map(deployments.map(({ id, number }) => [id, number])),
  };
}

function placed(release: { id: string; number: number; deploymentId: string }, numbers: Numbers) {
  return {
    releaseId: release.id,
    number: release.number,
    deploymentNumber: numbers.deployments.get(release.deploymentId) ?? 0,
  };
}

function iso(date: Date | null): string | null {
  return date?.toISOString() ?? null;
}
