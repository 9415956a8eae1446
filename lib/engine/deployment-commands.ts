import { authorize } from "@/lib/contracts/authorize";
import type { DeploymentView } from "@/lib/contracts/deployment";
import type { DeploymentEvent } from "@/lib/contracts/event";
import { authorizeDeploy } from "@/lib/contracts/grants";
import type { Action } from "@/lib/contracts/permission";
import { Problem, type ProblemData } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { db, type Tx, transaction } from "@/lib/platform/db/client";
import { publish } from "@/lib/platform/outbox/outbox";
import { sendTurn } from "@/lib/platform/queue/boss";
import { deploymentQueue } from "@/lib/targets/registry";
import { isolates, toGrants } from "@/lib/targets/target-store";
import { getDeployment } from "./deployment-store";

/** What is done to a deployment that was requested: cancelling it, superseding it, following it, retrying its undo. */

/**
 * Cancels a deployment. A queued one ends immediately. For a running one, the request is stored in its row and sent as
 * a notification: its worker stops the commands and undoes the phases. Throws deployment-not-cancellable when it ended.
 */
export async function cancelDeployment(id: string, actor: Actor): Promise<DeploymentView> {
  await transaction(async (tx) => {
    const found = await ownedDeployment(tx, id, actor, "deployment:cancel");
    const cancelled = (await endWaiting(tx, id, CANCELLED, actor)) || (await tellWorker(tx, id, actor));
    if (!cancelled) throw new Problem("deployment-not-cancellable", { params: { number: found.number } });
    const subject = { type: "service", id: found.serviceId, name: found.service.name };
    await audit(tx, actor, "deployment.cancel", subject, { deploymentId: id, number: found.number });
  });
  return getDeployment(id);
}

/**
 * Ends the deployments of earlier pushes that still wait, because deployment `number` has what was pushed after them. The
 * caller holds the service's row. Answers their numbers.
 */
export async function supersedePushes(
  tx: Tx,
  service: { id: string; name: string },
  number: number,
  actor: Actor,
): Promise<number[]> {
  const waiting = await tx.deployment.findMany({
    where: { serviceId: service.id, state: "queued", trigger: "push", number: { lt: number } },
    select: { id: true, number: true },
    orderBy: { number: "asc" },
  });
  const ended: number[] = [];
  for (const { id, number: older } of waiting) {
    // A worker may have claimed it just now: it runs, and the newer one follows it.
    if (!(await endWaiting(tx, id, { code: "deployment-superseded", params: { number } }, null))) continue;
    const subject = { type: "service", id: service.id, name: service.name };
    await audit(tx, actor, "deployment.supersede", subject, { deploymentId: id, number: older, by: number });
    ended.push(older);
  }
  return ended;
}

const CANCELLED: ProblemData = { code: "deployment-cancelled", params: {} };

/** Whether it was still queued. `by` is the person who cancelled it. */
async function endWaiting(tx: Tx, id: string, problem: ProblemData, by: Actor | null): Promise<boolean> {
  const now = new Date();
  const moved = await tx.deployment.updateManyAndReturn({
    where: { id, state: "queued" },
    data: {
      state: "cancelled",
      ...(by && { cancelRequestedAt: now, cancelRequestedById: by.id }),
      finishedAt: now,
      durationMs: 0,
      problem,
      lastEvent: { increment: 1 },
    },
    select: { lastEvent: true, serviceId: true },
  });
  const row = moved[0];
  if (!row) return false;
  const event: DeploymentEvent = {
    type: "state",
    state: "cancelled",
    at: now.toISOString(),
    durationMs: 0,
    problem,
  };
  await tx.event.create({ data: { deploymentId: id, number: row.lastEvent, type: event.type, data: event } });
  await tx.$queryRaw`SELECT pg_notify('landfall_event', ${id})::text`;
  const { serviceId } = row;
  await publish(tx, { type: "deployment.ended", serviceId, deploymentId: id, state: "cancelled" });
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

/** Retries the undo of a stuck deployment, after a person fixed its cause. */
export async function retryUndo(id: string, actor: Actor): Promise<DeploymentView> {
  await transaction(async (tx) => {
    const found = await ownedDeployment(tx, id, actor, "deployment:create");
    const target = { name: found.target.name, grants: toGrants(found.target), isolates: isolates(found.target) };
    authorizeDeploy({ actor, ownerRole: found.service.owner.role }, target);
    const moved = await tx.deployment.updateMany({
      where: { id, state: "stuck" },
      data: { state: "undoing", finishedAt: null, durationMs: null },
    });
    if (moved.count === 0) throw new Problem("deployment-not-retryable", { params: { number: found.number } });
    const subject = { type: "service", id: found.serviceId, name: found.service.name };
    await audit(tx, actor, "deployment.retry-undo", subject, { deploymentId: id, number: found.number });
    await sendTurn(tx, deploymentQueue(found.target), { serviceId: found.serviceId });
  });
  return getDeployment(id);
}

/** Reads a deployment, which belongs to the owner of its service. Throws not-found or forbidden as authorize() does. */
async function ownedDeployment(tx: Tx, id: string, actor: Actor, action: Action) {
  const found = await tx.deployment.findUnique({
    where: { id },
    include: { service: { include: { owner: { select: { role: true } } } }, target: true },
  });
  return authorize(
    actor,
    action,
    found && { ...found, ownerId: found.service.ownerId, targetId: found.service.targetId },
  );
}

/** Checks that `actor` may still follow it: throws as above. */
export async function checkFollower(id: string, actor: Actor): Promise<void> {
  await ownedDeployment(db, id, actor, "deployment:read");
}
