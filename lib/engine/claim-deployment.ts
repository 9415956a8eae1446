import type { DeploymentState } from "@/lib/contracts/deployment";
import { DeploymentSpec } from "@/lib/contracts/service";
import { db, type Tx, transaction } from "@/lib/platform/db/client";
import { retryTransient } from "@/lib/platform/db/transient";
import { publish } from "@/lib/platform/outbox/outbox";
import { HandedOver } from "./pipeline";

/** `none`: the service has no deployment to run. `busy`: the target has no free slot; retry. */
export type Claim = { outcome: "none" } | { outcome: "busy" } | { outcome: "claimed"; deployment: ClaimedDeployment };

export type ClaimedDeployment = NonNullable<Awaited<ReturnType<typeof read>>> & {
  spec: DeploymentSpec;
  state: DeploymentState;
};

/** A restart of the database must not fail the phase that learned something. */
const DATABASE_PATIENCE_MS = 60_000;

/**
 * Stores what a phase learned with the deployment, so that later phases, a worker that takes over and a rollback to the
 * release have it too. Rejects with HandedOver when another worker has taken over.
 */
export async function storeInSpec(
  deployment: Pick<ClaimedDeployment, "id" | "fencing"> & { spec: DeploymentSpec },
  learned: Partial<Pick<DeploymentSpec, "revision" | "healthPath">>,
): Promise<void> {
  const { id, fencing, spec } = deployment;
  const store = () => db.$executeRaw`
    UPDATE deployment SET spec = spec || ${JSON.stringify(learned)}::jsonb
    WHERE id = ${id}::uuid AND fencing = ${fencing}`;
  const stored = await retryTransient(store, { patienceMs: DATABASE_PATIENCE_MS });
  if (stored === 0) throw new HandedOver();
  // The release is created from the spec of this object.
  deployment.spec = { ...spec, ...learned };
}

const RUNNING: DeploymentState[] = ["running", "undoing"];

/**
 * Claims the service's oldest unfinished deployment for this worker. The fencing number increases, so that a worker
 * with a lower number can no longer write. A first claim moves it to `running` and counts against the target's limit; a
 * take-over keeps its state.
 */
export async function claimDeployment(serviceId: string, workerId: string): Promise<Claim> {
  const claim = await transaction((tx) => take(tx, serviceId, workerId));
  if (claim.outcome !== "taken") return claim;
  const deployment = await read(claim.id, serviceId);
  const spec = DeploymentSpec.parse(deployment.spec);
  // The number of this claim, not the row's: another worker that has taken over since must win.
  const { fencing } = claim;
  return {
    outcome: "claimed",
    deployment: { ...deployment, fencing, spec, state: deployment.state as DeploymentState },
  };
}

type Taken = { outcome: "none" } | { outcome: "busy" } | { outcome: "taken"; id: string; fencing: number };

/** As few round trips as possible: they take most of the time between a request and its first phase. */
async function take(tx: Tx, serviceId: string, workerId: string): Promise<Taken> {
  const target = await lockTarget(tx, serviceId);
  if (!target) return { outcome: "none" };
  const [taken] = await tx.$queryRaw<{ id: string; fencing: number; before: string }[]>`
    UPDATE deployment AS d SET
      fencing = d.fencing + 1, worker_id = ${workerId}, state = CASE d.state WHEN 'queued' THEN 'running' ELSE d.state END,
      started_at = CASE d.state WHEN 'queued' THEN ${new Date()} ELSE d.started_at END
    FROM (
      SELECT id, state FROM deployment WHERE service_id = ${serviceId}::uuid AND state IN ('queued', 'running', 'undoing')
      ORDER BY number LIMIT 1
    ) AS next
    WHERE d.id = next.id AND d.state = next.state AND (next.state <> 'queued' OR (${target.concurrency} >
      (SELECT count(*) FROM deployment WHERE target_id = ${target.id}::uuid AND state IN ('running', 'undoing'))
      AND NOT EXISTS (SELECT 1 FROM service_check AS c JOIN drift_check AS h ON h.held_by = c.restoring_by
        WHERE c.service_id = ${serviceId}::uuid AND h.held_until > now())))
    RETURNING d.id, d.fencing, next.state AS before`;
  if (taken) {
    const { id, fencing, before } = taken;
    if (before === "queued") await publish(tx, { type: "deployment.started", serviceId, deploymentId: id });
    return { outcome: "taken", id, fencing };
  }
  // The target has no room, the service is being repaired (lib/engine/reconcile), or the deployment was cancelled just now:
  // ask again. Otherwise no deployment is left.
  const waiting = await tx.deployment.count({ where: { serviceId, state: { in: ["queued", ...RUNNING] } } });
  return { outcome: waiting === 0 ? "none" : "busy" };
}

/** The lock keeps two workers from taking the same last slot. */
async function lockTarget(tx: Tx, serviceId: string): Promise<{ id: string; concurrency: number } | undefined> {
  const rows = await tx.$queryRaw<{ id: string; concurrency: number }[]>`
    SELECT t.id, t.concurrency FROM target t JOIN service s ON s.target_id = t.id WHERE s.id = ${serviceId}::uuid FOR UPDATE OF t`;
  return rows[0];
}

async function read(id: string, serviceId: string) {
  const [deployment, service] = await Promise.all([
    db.deployment.findUniqueOrThrow({
      where: { id },
      include: { target: true, phases: { orderBy: { position: "asc" } } },
    }),
    db.service.findUniqueOrThrow({
      where: { id: serviceId },
      include: {
        currentRelease: true,
        owner: { select: { role: true } },
        releases: { where: { prunedAt: null }, orderBy: { number: "desc" }, take: 5 },
      },
    }),
  ]);
  return { ...deployment, service };
}
