import { isConfined } from "@/lib/contracts/grants";
import { DeploymentSpec } from "@/lib/contracts/service";
import type { Json } from "@/lib/drivers/driver";
import { db, type Prisma } from "@/lib/platform/db/client";
import { scopedVolumes } from "@/lib/services/kept-volumes";
import { readLastDeployments } from "@/lib/services/last-deployment-store";

/** A service that should run on a target, as its current release says. */
export interface WantedService {
  id: string;
  name: string;
  /** As its driver is told. */
  isConfined: boolean;
  release: { id: string; artifact: Json; deploymentId: string; spec: DeploymentSpec; deployedAt: Date };
  /** An undo got stuck: the host is in between, and a person has to look before anything is put back. */
  isStuck: boolean;
  /** The look before, if it was at this release. */
  before: Prisma.ServiceCheckGetPayload<object> | null;
}

const MOVING = ["running", "undoing"];

/** Not those that a deployment is busy with: what they should be is just being changed. */
export async function listWanted(targetId: string): Promise<WantedService[]> {
  const rows = await db.service.findMany({
    where: {
      targetId,
      deletedAt: null,
      currentRelease: { targetId },
      deployments: { none: { state: { in: MOVING } } },
    },
    include: { currentRelease: true, check: true, owner: { select: { role: true } } },
    orderBy: { name: "asc" },
  });
  const last = await readLastDeployments(rows.map(({ id }) => id));
  return rows.flatMap(({ id, name, owner, templateId, volumeScope, currentRelease, check }) => {
    if (!currentRelease) return [];
    const { artifact, deploymentId, lastServedAt, createdAt } = currentRelease;
    const release = {
      id: currentRelease.id,
      artifact: artifact as Json,
      deploymentId,
      spec: scopedVolumes(DeploymentSpec.parse(currentRelease.spec), volumeScope),
      deployedAt: lastServedAt ?? createdAt,
    };
    const isStuck = last.get(id)?.deployment?.state === "stuck";
    const origin = { ownerRole: owner.role, isFromTemplate: templateId !== null };
    const before = check?.releaseId === release.id ? check : null;
    return [{ id, name, isConfined: isConfined(origin), release, isStuck, before }];
  });
}

export function isMoving(tx: Prisma.TransactionClient, serviceId: string): Promise<boolean> {
  return tx.deployment.count({ where: { serviceId, state: { in: MOVING } } }).then((count) => count > 0);
}
