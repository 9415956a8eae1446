import { v7 as uuidv7 } from "uuid";
import { audit } from "@/lib/audit/audit";
import type { DeploymentKind } from "@/lib/contracts/deployment";
import type { DeploymentEvent } from "@/lib/contracts/event";
import { phaseKeysOf } from "@/lib/contracts/phase";
import type { DeploymentSpec } from "@/lib/contracts/service";
import type { Actor } from "@/lib/contracts/user";
import type { Prisma, Tx } from "@/lib/db/client";
import { sendTurn } from "@/lib/queue/boss";
import { deploymentQueue } from "@/lib/queue/queues";

export interface DeploymentRequest {
  service: { id: string; name: string; currentReleaseId: string | null };
  target: { id: string; kind: string; settings: Prisma.JsonValue };
  kind: DeploymentKind;
  spec: DeploymentSpec;
  /** The release to restore; a deploy makes one of its own. */
  releaseId?: string;
  trigger: string;
}

/**
 * Row, phases, first event, audit row and queue message, all in the caller's transaction. The caller holds the
 * service's row (lockService), so numbers count up without a gap and messages queue in the order of the numbers.
 */
export async function enqueueDeployment(tx: Tx, request: DeploymentRequest, actor: Actor): Promise<string> {
  const { service, target, kind, spec } = request;
  const id = uuidv7();
  const last = await tx.deployment.aggregate({ where: { serviceId: service.id }, _max: { number: true } });
  const number = (last._max.number ?? 0) + 1;
  const queued: DeploymentEvent = { type: "state", state: "queued", at: new Date().toISOString() };
  await tx.deployment.create({
    data: {
      id,
      number,
      kind,
      spec,
      state: "queued",
      serviceId: service.id,
      targetId: target.id,
      driver: spec.driver,
      trigger: request.trigger,
      requestedById: actor.id,
      releaseId: kind === "removal" ? null : (request.releaseId ?? uuidv7()),
      previousReleaseId: service.currentReleaseId,
      lastEvent: 1,
      phases: { createMany: { data: phaseKeysOf(spec.driver, kind).map((key, position) => ({ position, key })) } },
      events: { create: { number: 1, type: queued.type, data: queued } },
    },
  });
  await audit(
    tx,
    actor,
    `deployment.${kind}`,
    { type: "service", id: service.id, name: service.name },
    { deploymentId: id, number },
  );
  await sendTurn(tx, deploymentQueue(target), { serviceId: service.id });
  return id;
}
