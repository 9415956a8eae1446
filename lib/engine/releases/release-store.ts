import * as z from "zod";
import { Problem } from "@/lib/contracts/problem";
import type { ReleaseSummary, RollbackPreview } from "@/lib/contracts/release";
import { ReleaseCommandRun } from "@/lib/contracts/release-command";
import { DeploymentSpec } from "@/lib/contracts/service";
import { commitOf, Source, SourceRevision } from "@/lib/contracts/source";
import { db, type Prisma, type Tx } from "@/lib/platform/db/client";
import { describeSource } from "@/lib/sources/registry";

type Client = Tx | typeof db;
interface ServiceRef {
  id: string;
  currentReleaseId: string | null;
}

/** Newest first, each with the reason when it cannot be restored. */
export async function listReleases(serviceId: string): Promise<ReleaseSummary[]> {
  const service = await db.service.findUniqueOrThrow({
    where: { id: serviceId },
    select: { currentReleaseId: true, targetId: true },
  });
  const rows = await db.release.findMany({
    where: { serviceId },
    include: { environmentRevision: true },
    orderBy: { number: "desc" },
    take: 100,
  });
  const made = await db.deployment.findMany({
    where: { id: { in: rows.map((row) => row.deploymentId) } },
    select: { id: true, number: true, releaseCommand: true },
  });
  const origins = new Map(made.map((deployment) => [deployment.id, deployment]));
  return rows.map((row) => toSummary(row, origins.get(row.deploymentId), service));
}

type Row = Prisma.ReleaseGetPayload<{ include: { environmentRevision: true } }>;

function toSummary(
  row: Row,
  origin: { number: number; releaseCommand: unknown } | undefined,
  service: { currentReleaseId: string | null; targetId: string },
): ReleaseSummary {
  const current = row.id === service.currentReleaseId;
  const reason = notRestorableBecause(row, service);
  return {
    id: row.id,
    number: row.number,
    deployment: { id: row.deploymentId, number: origin?.number ?? 0 },
    createdAt: row.createdAt.toISOString(),
    lastServedAt: row.lastServedAt?.toISOString() ?? null,
    current,
    restorable: reason === null,
    notRestorableBecause: reason,
    source: DeploymentSpec.parse(row.spec).source,
    environmentRevision: row.environmentRevision?.number ?? null,
    ...labelsOf(row.spec, row.artifact),
    releaseCommand: ReleaseCommandRun.nullable().parse(origin?.releaseCommand ?? null),
  };
}

/** The deployments after one of the same service that began a release command, the newest first. */
export async function releaseCommandsAfter(
  serviceId: string,
  deploymentId: string,
): Promise<RollbackPreview["releaseCommands"]> {
  const rows = await db.$queryRaw<{ id: string; number: number; release: number | null; run: unknown }[]>`
    SELECT d.id, d.number, r.number AS release, d.release_command AS run
    FROM deployment d LEFT JOIN release r ON r.service_id = d.service_id AND r.deployment_id = d.id
    WHERE d.service_id = ${serviceId}::uuid AND d.release_command IS NOT NULL
      AND d.number > (SELECT number FROM deployment WHERE id = ${deploymentId}::uuid)
    ORDER BY d.number DESC LIMIT 50`;
  return rows.map(({ id, number, release, run }) => ({
    deployment: { id, number },
    releaseNumber: release,
    run: ReleaseCommandRun.parse(run),
  }));
}

const Labels = z.looseObject({ version: z.string().nullish(), message: z.string().nullish() });
const Described = z.looseObject({ source: Source, revision: SourceRevision.nullish() });
/** Files have a digest of their own, an image its registry's. */
const Digests = z.looseObject({ digest: z.string().nullish(), pinned: z.string().nullish() });

/** The labels that a person gave the release, and its source. */
export function labelsOf(spec: unknown, artifact: unknown) {
  const { version = null, message = null } = Labels.safeParse(spec).data ?? {};
  const { digest, pinned } = Digests.safeParse(artifact).data ?? {};
  const { source, revision } = Described.safeParse(spec).data ?? {};
  const sourceDescription = source ? describeSource(source, revision ?? null) : null;
  return {
    version,
    message,
    digest: digest ?? pinned?.split("@")[1] ?? null,
    sourceDescription,
    commit: commitOf(revision),
  };
}

/** Keys under `releases.notRestorable` of the message files. */
export type NotRestorable = "current" | "retention" | "removed" | "other-target";

function notRestorableBecause(
  release: { id: string; prunedAt: Date | null; prunedReason: string | null; targetId: string },
  service: { currentReleaseId: string | null; targetId: string },
): NotRestorable | null {
  if (release.id === service.currentReleaseId) return "current";
  if (release.prunedAt) return release.prunedReason === "removed" ? "removed" : "retention";
  return release.targetId === service.targetId ? null : "other-target";
}

/** The release that one click rolls back to: the newest restorable one before the current one. */
export async function findRollbackTarget(client: Client, service: ServiceRef) {
  if (!service.currentReleaseId) return null;
  const current = await client.release.findUnique({ where: { id: service.currentReleaseId } });
  return client.release.findFirst({
    where: { serviceId: service.id, prunedAt: null, number: { lt: current?.number ?? 0 }, targetId: current?.targetId },
    orderBy: { number: "desc" },
  });
}

export interface RollbackTarget {
  id: string;
  number: number;
  source: Source;
}

/** The same for many services in one query, by service id. Services without such a release are absent. */
export async function readRollbackTargets(serviceIds: string[]): Promise<Map<string, RollbackTarget>> {
  const rows = await db.$queryRaw<{ service_id: string; id: string; number: number; source: unknown }[]>`
    SELECT s.id AS service_id, before.id, before.number, before.source
    FROM service s JOIN release current ON current.id = s.current_release_id CROSS JOIN LATERAL (
      SELECT id, number, spec->'source' AS source FROM release
      WHERE service_id = s.id AND pruned_at IS NULL AND number < current.number AND target_id = current.target_id
      ORDER BY number DESC LIMIT 1
    ) AS before
    WHERE s.id = ANY(${serviceIds}::uuid[])`;
  return new Map(rows.map(({ service_id, source, ...row }) => [service_id, { ...row, source: Source.parse(source) }]));
}

/** The requested release, else the previous one. Throws no-previous-release, not-found or release-not-restorable. */
export async function rollbackTarget(client: Client, service: ServiceRef & { targetId: string }, releaseId?: string) {
  if (releaseId === undefined) {
    const previous = await findRollbackTarget(client, service);
    if (!previous) throw new Problem("no-previous-release");
    return previous;
  }
  const release = await client.release.findFirst({ where: { id: releaseId, serviceId: service.id } });
  if (!release) throw new Problem("not-found");
  const reason = notRestorableBecause(release, service);
  if (reason) throw new Problem("release-not-restorable", { params: { number: release.number, reason } });
  return release;
}
