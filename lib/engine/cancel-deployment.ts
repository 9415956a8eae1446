import type { DeploymentView } from "@/lib/contracts/deployment";
import type { DeploymentEvent } from "@/lib/contracts/event";
import { Problem } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { type Tx, transaction } from "@/lib/platform/db/client";
import { getDeployment } from "./deployment-store";
import { ownedDeployment } from "./owned-deployment";

/**
 * One that waits ends at once. One that runs is told so through its row (and a notification, so that it hears it now):
 * its worker stops its commands and undoes what it began. Throws deployment-not-cancellable when it came too late.
 */
export async function cancelDeployment(id: string, actor: Actor): Promise<DeploymentView> {
  await transaction(async (tx) => {
    const found = await ownedDeployment(tx, id, actor, "deployment:cancel");
    const cancelled = (await endWaiting(tx, id, actor)) || (await tellWorker(tx, id, actor));
    if (!cancelled) throw new Problem("deployment-not-cancellable", { params: { number: found.number } });
    const subject = { type: "service", id: found.serviceId, name: found.service.name };
    await audit(tx, actor, "deployment.cancel", subject, { deploymentId: id, number: found.number });
  });
  return getDeployment(id);
}

async function endWaiting(tx: Tx, id: string, actor: Actor): Promise<boolean> {
  const now = new Date();
  const moved = await tx.deployment.updateManyAndReturn({
    where: { id, state: "queued" },
    data: {
      state: "cancelled",
      cancelRequestedAt: now,
      cancelRequestedById: actor.id,
      finishedAt: now,
      durationMs: 0,
      problem: { code: "deployment-cancelled", params: {} },
      lastEvent: { increment: 1 },
    },
    select: { lastEvent: true },
  });
  const row = moved[0];
  if (!row) return false;
  const event: DeploymentEvent = {
    type: "state",
    state: "cancelled",
    at: now.toISOString(),
    durationMs: 0,
    problem: { code: "deployment-cancelled", params: {} },
  };
  await tx.event.create({ data: { deploymentId: id, number: row.lastEvent, type: event.type, data: event } });
  await tx.$queryRaw`SELECT pg_notify('landfall_event', ${id})::text`;
  return true;
}

async function tellWorker(tx: Tx, id: string, actor: Actor): Promise<boolean> {
  const { count } = await tx.deployment.updateMany({
    where: { id, state: "running", cancelRequestedAt: null },
    data: { cancelRequestedAt: new Date(), cancelRequestedById: actor.id },
  });
  if (count > 0) await tx.$queryRaw`SELECT pg_notify('landfall_cancel', ${id})::text`;
  return count > 0;
}
