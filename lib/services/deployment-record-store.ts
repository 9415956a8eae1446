import { DeploymentState } from "@/lib/contracts/deployment";
import { PhaseKey, PhaseStatus } from "@/lib/contracts/phase";
import { ProblemData } from "@/lib/contracts/problem";
import { DeploymentSpec } from "@/lib/contracts/service";
import { db, type Prisma } from "@/lib/db/client";
import type { Json } from "@/lib/drivers/driver";

/** Deployments as the deployer API tells them: whole, with what was wanted and how it was registered. */

const withAll = {
  phases: { orderBy: { position: "asc" } },
  service: { include: { registrations: { orderBy: { updatedAt: "desc" }, take: 1 } } },
} as const satisfies Prisma.DeploymentInclude;
type Row = Prisma.DeploymentGetPayload<{ include: typeof withAll }>;
export type DeploymentRecord = ReturnType<typeof toRecord>;

export async function findDeploymentRecord(id: string): Promise<DeploymentRecord | null> {
  const row = await db.deployment.findUnique({ where: { id }, include: withAll });
  return row && toRecord(row);
}

/** Newest first, of every service that ever had the name, or of one owner's. */
export async function listDeploymentRecords(
  filter: { serviceName: string; ownerId?: string },
  limit: number,
): Promise<DeploymentRecord[]> {
  const services = await db.service.findMany({
    where: { name: filter.serviceName, ownerId: filter.ownerId },
    select: { id: true },
  });
  const rows = await db.deployment.findMany({
    where: { serviceId: { in: services.map(({ id }) => id) } },
    include: withAll,
    orderBy: { id: "desc" },
    take: limit,
  });
  return rows.map(toRecord);
}

function toRecord(row: Row) {
  return {
    id: row.id,
    ownerId: row.service.ownerId,
    service: { name: row.service.name },
    state: DeploymentState.parse(row.state),
    spec: DeploymentSpec.parse(row.spec),
    url: row.url,
    startedAt: iso(row.startedAt),
    finishedAt: iso(row.finishedAt),
    durationMs: row.durationMs,
    problem: ProblemData.nullable().parse(row.problem),
    phases: row.phases.map(toPhase),
    registration: toRegistration(row),
  };
}

function toPhase(phase: Row["phases"][number]) {
  return {
    key: PhaseKey.parse(phase.key),
    status: PhaseStatus.parse(phase.status),
    startedAt: iso(phase.startedAt),
    finishedAt: iso(phase.finishedAt),
    durationMs: phase.durationMs,
    detail: phase.detail,
    problem: ProblemData.nullable().parse(phase.problem),
  };
}

/** A service has one registration; it is told with the deployments that announced it, and with the one that serves. */
function toRegistration(row: Row) {
  const [registration] = row.service.registrations;
  const announced = row.phases.some(({ key, status }) => key === "register" && status === "succeeded");
  const serves = row.releaseId !== null && row.releaseId === row.service.currentReleaseId;
  if (!registration?.registeredAt || !(announced || serves)) return null;
  const { dropletId, name, endpoint, registeredAt } = registration;
  return { dropletId, name, endpoint, registeredAt: iso(registeredAt), response: registration.response as Json };
}

function iso(date: Date | null): string | null {
  return date?.toISOString() ?? null;
}
