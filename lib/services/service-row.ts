import type { ServiceCheck } from "@/lib/contracts/drift";
import { HealthCheck } from "@/lib/contracts/health-check";
import { ProblemData } from "@/lib/contracts/problem";
import {
  DeploymentSpec,
  DriverKind,
  type ServiceDetail,
  type ServiceSummary,
  USUAL_HEALTH_PATH,
  Volume,
} from "@/lib/contracts/service";
import type { Live } from "@/lib/contracts/service-status";
import { Source } from "@/lib/contracts/source";
import { seenAddress } from "@/lib/platform/asked-host";
import type { Prisma } from "@/lib/platform/db/client";
import type { Marks } from "@/lib/platform/secrets/variables";
import { toServiceCheck, toServiceCheckDetail } from "@/lib/services/service-check";
import type { LastDeployment } from "./service-status-store";

/** Converts a service's row to the shapes of contracts/service.ts. */

/** What a person configures of a service; a deployment freezes it. */
export interface ServiceDraft {
  driver: DriverKind;
  source: Source;
  settings: Prisma.InputJsonObject;
  port: number;
  healthPath: string;
  /** False when no one chose it. */
  healthPathChosen: boolean;
  health: HealthCheck;
  domain: string | null;
  volumes: Volume[];
  dropletId: number | null;
  autoRegister: boolean;
}

/** What is stored of a health path in a request, where null and absent leave the choice to Landfall. */
export function healthPathOf(path: string | null | undefined): Pick<ServiceDraft, "healthPath" | "healthPathChosen"> {
  return { healthPath: path ?? USUAL_HEALTH_PATH, healthPathChosen: typeof path === "string" };
}

export const withNames = {
  target: true,
  owner: true,
  currentRelease: true,
  check: true,
  watched: true,
} as const satisfies Prisma.ServiceInclude;
export const withEverything = {
  ...withNames,
  environmentRevision: true,
  registrations: { orderBy: { updatedAt: "desc" }, take: 1 },
} as const satisfies Prisma.ServiceInclude;

type NamedRow = Prisma.ServiceGetPayload<{ include: typeof withNames }>;
type WholeRow = Prisma.ServiceGetPayload<{ include: typeof withEverything }>;

export function toDraft(row: Prisma.ServiceGetPayload<object>): ServiceDraft {
  const { port, healthPath, healthPathChosen, domain, dropletId, autoRegister } = row;
  return {
    driver: DriverKind.parse(row.driver),
    source: Source.parse(row.source),
    settings: row.settings as Prisma.InputJsonObject,
    port,
    healthPath,
    healthPathChosen,
    health: HealthCheck.parse(row.health),
    domain,
    volumes: Volume.array().parse(row.volumes),
    dropletId,
    autoRegister,
  };
}

export function toSummary(row: NamedRow, last: LastDeployment | undefined): ServiceSummary {
  const { id, name, port, target, owner, currentRelease } = row;
  const check = toServiceCheck(row.check, row.currentReleaseId);
  return {
    id,
    name,
    driver: DriverKind.parse(row.driver),
    target: { id: target.id, name: target.name, kind: target.kind },
    owner: { id: owner.id, name: owner.name },
    port,
    url: seenAddress(last?.url ?? null),
    currentRelease: currentRelease && { id: currentRelease.id, number: currentRelease.number },
    live: toLive(row, check, last?.liveSince ?? null),
    lastDeployment: last?.deployment ?? null,
    check,
    createdAt: row.createdAt.toISOString(),
  };
}

/** Gives the same result as STATUS_OF_SERVICES (service-status-store.ts). */
function toLive(
  { currentRelease: release, watched }: NamedRow,
  check: ServiceCheck | null,
  liveSince: string | null,
): Live {
  if (release === null) return { state: "none", release: null, since: null };
  const { number } = release;
  if (check?.condition === "down") return { state: "down", release: number, since: check.since };
  if (check?.condition === "unsteady") return { state: "restarting", release: number, since: check.since };
  if (watched?.state === "unhealthy" && watched.releaseId === release.id)
    return { state: "unhealthy", release: number, since: watched.since.toISOString() };
  return { state: "live", release: number, since: liveSince };
}

export function toDetail(row: WholeRow, last: LastDeployment | undefined): ServiceDetail {
  return {
    ...toSummary(row, last),
    ...toDraft(row),
    settings: row.settings as ServiceDetail["settings"],
    healthPath: (!row.healthPathChosen && provenPath(row.currentRelease)) || row.healthPath,
    check: toServiceCheckDetail(row.check, row.currentReleaseId),
    environment: toEntries(row.environmentRevision),
    environmentRevision: row.environmentRevision?.number ?? null,
    registration: toRegistration(row.registrations[0]),
  };
}

/** The path that proved the live release, if it was found and not chosen. */
function provenPath(release: WholeRow["currentRelease"]): string | null {
  if (release === null) return null;
  const { healthPath, healthPathChosen } = DeploymentSpec.parse(release.spec);
  return healthPathChosen === false ? healthPath : null;
}

/** Per variable name, its last change. */
export type EnvironmentHistory = Record<string, { number: number; by: string | null; at: string }>;

export function toEntries(revision: Prisma.EnvironmentRevisionGetPayload<object> | null): ServiceDetail["environment"] {
  if (!revision) return [];
  const history = revision.history as unknown as EnvironmentHistory;
  const marks = revision.marks as unknown as Marks;
  const standard = { number: revision.number, by: null, at: revision.createdAt.toISOString() };
  return revision.names.toSorted().map((name) => {
    const { number, by, at } = history[name] ?? standard;
    const { secret, chosen } = marks[name] ?? { secret: true, chosen: false };
    return { name, changedAt: at, changedBy: by, revision: number, secret, secretChosen: chosen };
  });
}

function toRegistration(row: WholeRow["registrations"][number] | undefined): ServiceDetail["registration"] {
  if (!row) return null;
  const { endpoint, status } = row;
  const problem = ProblemData.nullable().parse(row.problem);
  return { endpoint, status, registeredAt: row.registeredAt?.toISOString() ?? null, problem };
}
