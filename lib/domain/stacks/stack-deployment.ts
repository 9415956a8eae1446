import { DeploymentKind, DeploymentState } from "@/lib/contracts/deployment";
import { PhaseKey, PhaseStatus } from "@/lib/contracts/phase-shape";
import { Problem, ProblemData } from "@/lib/contracts/problem";
import type { ResourceKind } from "@/lib/contracts/resource";
import { DeploymentSpec } from "@/lib/contracts/service";
import { readLog } from "@/lib/engine/log-store";
import { db, type Prisma } from "@/lib/platform/db/client";
import { kindOf } from "@/lib/targets/registry";
import { urlOfStack } from "./stack-store";

/* Deployments in the stack API. Deployments of other services have the same shape. */

const withAll = {
  phases: { orderBy: { position: "asc" } },
  service: { select: { name: true, ownerId: true, targetId: true, resources: { where: { removedAt: null } } } },
  target: { select: { kind: true, settings: true } },
} as const satisfies Prisma.DeploymentInclude;
type Row = Prisma.DeploymentGetPayload<{ include: typeof withAll }>;
export type StackDeployment = ReturnType<typeof toRecord>;

export async function findStackDeployment(id: string): Promise<StackDeployment | null> {
  const row = await db.deployment.findUnique({ where: { id }, include: withAll });
  return row && toRecord(row);
}

export async function getStackDeployment(id: string): Promise<StackDeployment> {
  const found = await findStackDeployment(id);
  if (!found) throw new Problem("not-found");
  return found;
}

/** The newest `most` lines of its log, oldest first. */
export async function readLastLines(deploymentId: string, most: number): Promise<string[]> {
  const { lines } = await readLog(deploymentId, { limit: most });
  return lines.map(({ line: [, , text] }) => text);
}

function toRecord(row: Row) {
  return {
    id: row.id,
    ownerId: row.service.ownerId,
    serviceId: row.serviceId,
    targetId: row.service.targetId,
    stackName: row.service.name,
    kind: DeploymentKind.parse(row.kind),
    state: DeploymentState.parse(row.state),
    phases: row.phases.map(({ key, status, problem, undoProblem }) => ({
      key: PhaseKey.parse(key),
      status: PhaseStatus.parse(status),
      hasFailed: problem !== null || undoProblem !== null,
    })),
    problem: ProblemData.nullable().parse(row.problem),
    url: row.url ?? plannedUrl(row),
    resources: {
      projectId: idOf(row, "project"),
      environmentId: idOf(row, "environment"),
      applicationId: idOf(row, "application"),
      domainId: idOf(row, "domain"),
    },
    startedAt: row.startedAt?.toISOString() ?? null,
    finishedAt: row.finishedAt?.toISOString() ?? null,
    durationMs: row.durationMs,
    lastEvent: row.lastEvent,
  };
}

/** The public address that a running deployment will have. A removal has none, nor does a service on a host. */
function plannedUrl({ kind, spec, target }: Row): string | null {
  if (kind === "removal" || !kindOf(target).proxyPorts) return null;
  return urlOfStack(DeploymentSpec.parse(spec), target);
}

function idOf({ service, targetId }: Row, kind: ResourceKind): string | null {
  const resource = service.resources.findLast((found) => found.kind === kind && found.targetId === targetId);
  return resource?.externalId ?? null;
}
