import { type Reach, servicesWithin } from "@/lib/contracts/authorize";
import { DeploymentState } from "@/lib/contracts/deployment";
import { PhaseKey, PhaseStatus } from "@/lib/contracts/phase-shape";
import { ProblemData } from "@/lib/contracts/problem";
import { DeploymentSpec } from "@/lib/contracts/service";
import type { Json } from "@/lib/drivers/driver";
import { readFacts } from "@/lib/engine/read-facts";
import { seenAddress } from "@/lib/platform/asked-host";
import { db, type Prisma } from "@/lib/platform/db/client";

/** Complete deployments for the deployer API, with their specs and registrations. */

const withAll = {
  phases: { orderBy: { position: "asc" } },
  service: { include: { registrations: { orderBy: { updatedAt: "desc" }, take: 1 } } },
} as const satisfies Prisma.DeploymentInclude;
type Row = Prisma.DeploymentGetPayload<{ include: typeof withAll }>;
export type DeploymentRecord = Awaited<ReturnType<typeof toRecord>>;

export async function findDeploymentRecord(id: string): Promise<DeploymentRecord | null> {
  const row = await db.deployment.findUnique({ where: { id }, include: withAll });
  return row && toRecord(row);
}

/** Newest first, of all services that ever had the name, or only of one owner's. */
export async function listDeploymentRecords(
  { serviceName, ...reach }: { serviceName: string } & Reach,
  limit: number,
): Promise<DeploymentRecord[]> {
  const services = await db.service.findMany({
    where: { name: serviceName, AND: servicesWithin(reach) },
    select: { id: true },
  });
  const rows = await db.deployment.findMany({
    where: { serviceId: { in: services.map(({ id }) => id) } },
    include: withAll,
    orderBy: { id: "desc" },
    take: limit,
  });
  return Promise.all(rows.map(toRecord));
}

async function toRecord(row: Row) {
  return {
    id: row.id,
    ownerId: row.service.ownerId,
    serviceId: row.serviceId,
    targetId: row.service.targetId,
    service: { name: row.service.name },
    state: DeploymentState.parse(row.state),
    spec: DeploymentSpec.parse(row.spec),
    url: seenAddress(row.url),
    queuedAt: row.queuedAt.toISOString(),
    startedAt: iso(row.startedAt),
    finishedAt: iso(row.finishedAt),
    durationMs: row.durationMs,
    problem: ProblemData.nullable().parse(row.problem),
    phases: await Promise.all(row.phases.map(toPhase)),
    registration: toRegistration(row),
  };
}

async function toPhase(phase: Row["phases"][number]) {
  return {
    key: PhaseKey.parse(phase.key),
    status: PhaseStatus.parse(phase.status),
    startedAt: iso(phase.startedAt),
    finishedAt: iso(phase.finishedAt),
    durationMs: phase.durationMs,
    detail: (await readFacts(phase)).detail,
    problem: ProblemData.nullable().parse(phase.problem),
  };
}

/**
 * A service has one registration. It is shown with the deployments that announced it and with the live one, unless the
 * live one's own announcement failed: the registration is an earlier release's then.
 */
function toRegistration(row: Row) {
  const [registration] = row.service.registrations;
  const announced = row.phases.some(({ key, status }) => key === "register" && status === "succeeded");
  const isLive = row.releaseId !== null && row.releaseId === row.service.currentReleaseId;
  const isOwed = registration?.pendingSince != null || row.phases.some(hasFailedToRegister);
  if (!registration?.registeredAt || !(announced || (isLive && !isOwed))) return null;
  const { dropletId, name, endpoint, registeredAt } = registration;
  return { dropletId, name, endpoint, registeredAt: iso(registeredAt), response: registration.response as Json };
}

function hasFailedToRegister({ key, status }: Row["phases"][number]): boolean {
  return key === "register" && status === "failed";
}

function iso(date: Date | null): string | null {
  return date?.toISOString() ?? null;
}
