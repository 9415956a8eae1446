import { v7 as uuidv7 } from "uuid";
import type { DeploymentKind } from "@/lib/contracts/deployment";
import type { DeploymentEvent } from "@/lib/contracts/event";
import { phaseKeysOf } from "@/lib/contracts/phase";
import type { DeploymentSpec } from "@/lib/contracts/service";
import type { Actor } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import type { Prisma, Tx } from "@/lib/platform/db/client";
import { sendTurn } from "@/lib/platform/queue/boss";
import { deploymentQueue } from "@/lib/platform/queue/queues";

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
  const { service, target, kind } = request;
  const id = uuidv7();
  const number = await insertDeployment(tx, id, request, actor);
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

/** One statement: round trips are most of what passes between a request and its first phase. Answers its number. */
async function insertDeployment(tx: Tx, id: string, request: DeploymentRequest, actor: Actor): Promise<number> {
  const { service, target, kind, spec, trigger } = request;
  const releaseId = kind === "removal" ? null : (request.releaseId ?? uuidv7());
  const now = new Date();
  const queued: DeploymentEvent = { type: "state", state: "queued", at: now.toISOString() };
  const rows = await tx.$queryRaw<{ number: number }[]>`
    WITH d AS (
      INSERT INTO deployment (id, number, kind, state, driver, trigger, spec, service_id, target_id, requested_by_id, release_id,
        previous_release_id, last_event, queued_at)
      SELECT ${id}::uuid, coalesce(max(number), 0) + 1, ${kind}, 'queued', ${spec.driver}, ${trigger}, ${JSON.stringify(spec)}::jsonb,
        ${service.id}::uuid, ${target.id}::uuid, ${actor.id}::uuid, ${releaseId}::uuid, ${service.currentReleaseId}::uuid, 1, ${now}
      FROM deployment WHERE service_id = ${service.id}::uuid
      RETURNING id, number
    ), phases AS (
      INSERT INTO phase (deployment_id, position, key)
      SELECT d.id, k.position - 1, k.key FROM d, unnest(${phaseKeysOf(spec.driver, kind)}::text[]) WITH ORDINALITY AS k(key, position)
    ), events AS (
      INSERT INTO event (deployment_id, number, type, data) SELECT d.id, 1, ${queued.type}, ${JSON.stringify(queued)}::jsonb FROM d
    )
    SELECT number FROM d`;
  const row = rows[0];
  if (!row) throw new Error(`deployment ${id} was not inserted`);
  return row.number;
}
