import {
  type DeploymentFilter,
  DeploymentKind,
  DeploymentState,
  type DeploymentSummary,
  type DeploymentView,
  type PhaseView,
  ProbeSummary,
} from "@/lib/contracts/deployment";
import { type Page, type PageQuery, toPage } from "@/lib/contracts/page";
import { PhaseKey, PhaseStatus } from "@/lib/contracts/phase";
import { Problem, ProblemData } from "@/lib/contracts/problem";
import { DriverKind } from "@/lib/contracts/service";
import { db, type Prisma } from "@/lib/db/client";
import { findRollbackTarget } from "@/lib/releases/release-store";
import { readUsualDurations } from "./usual-durations";

const summaryInclude = {
  service: { select: { id: true, name: true } },
  target: { select: { id: true, name: true } },
  requestedBy: { select: { id: true, name: true } },
  phases: { orderBy: { position: "asc" }, select: { key: true, status: true, durationMs: true } },
} as const satisfies Prisma.DeploymentInclude;

type Narrowing = DeploymentFilter & { ownerId?: string };

/** Newest first. `ownerId` limits it to the deployments of that person's services. */
export async function listDeployments(filter: Narrowing, page: PageQuery): Promise<Page<DeploymentSummary>> {
  const narrowed = filter.service !== undefined || filter.ownerId !== undefined;
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
 * Service by service, so that each is read from its own index: asked for several at once, the planner walks the history
 * of everybody until it has met enough of theirs, and for services that were quiet for long that is all of it.
 */
async function findIdsOfServices(filter: Narrowing, page: PageQuery): Promise<string[]> {
  const { service = null, ownerId = null, target = null, state = null, kind = null } = filter;
  const { after = null, limit } = page;
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT d.id FROM service s CROSS JOIN LATERAL (
      SELECT id FROM deployment
      WHERE service_id = s.id AND (${state}::text IS NULL OR state = ${state}) AND (${kind}::text IS NULL OR kind = ${kind})
        AND (${target}::text IS NULL OR target_id = (SELECT t.id FROM target t WHERE t.name = ${target}))
        AND (${after}::uuid IS NULL OR id < ${after}::uuid)
      ORDER BY id DESC LIMIT ${limit + 1}
    ) AS d
    WHERE (${service}::text IS NULL OR s.name = ${service}) AND (${ownerId}::uuid IS NULL OR s.owner_id = ${ownerId}::uuid)
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
  };
}

const viewInclude = {
  ...summaryInclude,
  phases: { orderBy: { position: "asc" } },
  service: { include: { currentRelease: true, registrations: { orderBy: { updatedAt: "desc" }, take: 1 } } },
} as const satisfies Prisma.DeploymentInclude;
type ViewRow = Prisma.DeploymentGetPayload<{ include: typeof viewInclude }>;

/** Everything the deployment's page shows, as of event number `lastEvent`; null for an unknown id. */
export async function findDeployment(id: string): Promise<(DeploymentView & { ownerId: string }) | null> {
  const row = await db.deployment.findUnique({ where: { id }, include: viewInclude });
  return row && { ...(await toView(row)), ownerId: row.service.ownerId };
}

export async function getDeployment(id: string): Promise<DeploymentView> {
  const found = await findDeployment(id);
  if (!found) throw new Problem("not-found");
  const { ownerId: _, ...view } = found;
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
    phases: row.phases.map((phase) => toPhase(phase, usual.get(phase.key) ?? null)),
    warnings: ProblemData.array().parse(row.warnings),
    url: row.url,
    releaseId: row.releaseId,
    releaseNumber: numbers.releases.get(row.releaseId ?? "") ?? null,
    serving: currentRelease && placed(currentRelease, numbers),
    rollbackTo: rollbackTo && placed(rollbackTo, numbers),
    probes: ProbeSummary.nullable().parse(row.probes),
    registration: registration
      ? { endpoint: registration.endpoint, status: registration.status, registeredAt: iso(registration.registeredAt) }
      : null,
    cancelRequestedAt: iso(row.cancelRequestedAt),
    lastEvent: row.lastEvent,
    logLines: row.logLines,
  };
}

function toPhase(phase: ViewRow["phases"][number], usualMs: number | null): PhaseView {
  return {
    key: PhaseKey.parse(phase.key),
    status: PhaseStatus.parse(phase.status),
    attempt: phase.attempt,
    startedAt: iso(phase.startedAt),
    finishedAt: iso(phase.finishedAt),
    durationMs: phase.durationMs,
    detail: phase.detail,
    progress: null,
    problem: ProblemData.nullable().parse(phase.problem),
    undoneAt: iso(phase.undoneAt),
    undoDurationMs: phase.undoDurationMs,
    undoProblem: ProblemData.nullable().parse(phase.undoProblem),
    usualMs,
  };
}

/** How many of its service are before it, and itself. */
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

/** People know releases and deployments by number; the rows know each other by id. */
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
