import type { DeploymentSpec } from "@/lib/contracts/service";
import type { Prisma, Tx } from "@/lib/platform/db/client";
import { lockService } from "@/lib/services/service-store";
import type { ClaimedDeployment } from "./claim-deployment";
import type { Journal } from "./journal";
import type { Outcome } from "./pipeline";

/** The last write of a deployment: its state, and with it what its success changes for the service. */
export function finishDeployment(deployment: ClaimedDeployment, outcome: Outcome, journal: Journal): Promise<void> {
  if (outcome === "stuck") return journal.finish("stuck");
  if (outcome === "undone")
    return journal.finish(journal.cause?.code === "deployment-cancelled" ? "cancelled" : "failed");
  return journal.finish("succeeded", (tx) =>
    deployment.kind === "removal" ? markRemoved(tx, deployment) : makeCurrent(tx, deployment, journal),
  );
}

async function makeCurrent(
  tx: Tx,
  deployment: ClaimedDeployment,
  journal: Journal,
): Promise<{ releaseNumber: number }> {
  await lockService(tx, deployment.serviceId);
  const release =
    deployment.kind === "rollback" ? await restoredRelease(tx, deployment) : await newRelease(tx, deployment, journal);
  const before = deployment.service.currentReleaseId;
  const now = new Date();
  await tx.release.updateMany({
    where: { id: { in: before ? [before, release.id] : [release.id] } },
    data: { lastServedAt: now },
  });
  await tx.service.update({
    where: { id: deployment.serviceId },
    data: { currentReleaseId: release.id, ...(deployment.kind === "rollback" ? configurationOf(deployment.spec) : {}) },
  });
  return { releaseNumber: release.number };
}

/** A rollback restores environment and configuration too: what the release was made of becomes the service's own. */
function configurationOf(spec: DeploymentSpec): Prisma.ServiceUncheckedUpdateInput {
  const { driver, source, settings, port, healthPath, health, domain, volumes } = spec;
  const { dropletId, autoRegister, environmentRevisionId } = spec;
  const reach = { port, healthPath, health, domain, volumes, dropletId, autoRegister };
  return { driver, source, settings, ...reach, environmentRevisionId };
}

function restoredRelease(tx: Tx, deployment: ClaimedDeployment) {
  return tx.release.findUniqueOrThrow({ where: { id: deployment.releaseId ?? "" } });
}

async function newRelease(tx: Tx, deployment: ClaimedDeployment, journal: Journal) {
  const newest = await tx.release.aggregate({ where: { serviceId: deployment.serviceId }, _max: { number: true } });
  return tx.release.create({
    data: {
      id: deployment.releaseId ?? deployment.id,
      serviceId: deployment.serviceId,
      targetId: deployment.targetId,
      driver: deployment.driver,
      number: (newest._max.number ?? 0) + 1,
      deploymentId: deployment.id,
      artifact: journal.artifact ?? {},
      environmentRevisionId: deployment.spec.environmentRevisionId,
      spec: deployment.spec,
    },
  });
}

async function markRemoved(tx: Tx, deployment: ClaimedDeployment): Promise<Record<never, never>> {
  await lockService(tx, deployment.serviceId);
  const now = new Date();
  await tx.service.update({ where: { id: deployment.serviceId }, data: { deletedAt: now, currentReleaseId: null } });
  await tx.release.updateMany({
    where: { serviceId: deployment.serviceId, prunedAt: null },
    data: { prunedAt: now, prunedReason: "removed" },
  });
  return {};
}
