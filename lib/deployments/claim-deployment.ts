import type { DeploymentState } from "@/lib/contracts/deployment";
import type { PhaseKey, PhaseStatus } from "@/lib/contracts/phase";
import type { ProblemData } from "@/lib/contracts/problem";
import { DeploymentSpec } from "@/lib/contracts/service";
import { type Tx, transaction } from "@/lib/db/client";
import type { Json } from "@/lib/drivers/driver";
import type { PhaseRow } from "./phase-row";

/** `none`: nothing of the service is left to run. `busy`: its target runs as many as it may; ask again. */
export type Claim = { outcome: "none" } | { outcome: "busy" } | { outcome: "claimed"; deployment: ClaimedDeployment };

export type ClaimedDeployment = NonNullable<Awaited<ReturnType<typeof read>>> & {
  spec: DeploymentSpec;
  state: DeploymentState;
};

const RUNNING: DeploymentState[] = ["running", "undoing"];

/**
 * Makes this worker the one that writes the service's oldest deployment that has not ended: its fencing number goes up,
 * and whoever held a lower one can write no more. A first claim moves it to `running` and counts against the target's
 * limit; a take-over keeps its state.
 */
export function claimDeployment(serviceId: string, workerId: string): Promise<Claim> {
  return transaction(async (tx) => {
    const target = await lockTarget(tx, serviceId);
    const next = await tx.deployment.findFirst({
      where: { serviceId, state: { in: ["queued", ...RUNNING] } },
      orderBy: { number: "asc" },
      select: { id: true, state: true },
    });
    if (!target || !next) return { outcome: "none" };
    if (next.state === "queued" && (await isFull(tx, target))) return { outcome: "busy" };
    const start = next.state === "queued" ? { state: "running", startedAt: new Date() } : {};
    const taken = await tx.deployment.updateMany({
      where: { id: next.id, state: next.state },
      data: { fencing: { increment: 1 }, workerId, ...start },
    });
    if (taken.count === 0) return { outcome: "busy" }; // cancelled this moment: look again
    const deployment = await read(tx, next.id);
    const spec = DeploymentSpec.parse(deployment.spec);
    return { outcome: "claimed", deployment: { ...deployment, spec, state: deployment.state as DeploymentState } };
  });
}

async function isFull(tx: Tx, target: { id: string; concurrency: number }): Promise<boolean> {
  const running = await tx.deployment.count({ where: { targetId: target.id, state: { in: RUNNING } } });
  return running >= target.concurrency;
}

/** Holding the target's row keeps two workers from both counting a free place. */
async function lockTarget(tx: Tx, serviceId: string): Promise<{ id: string; concurrency: number } | undefined> {
  const rows = await tx.$queryRaw<{ id: string; concurrency: number }[]>`
    SELECT t.id, t.concurrency FROM target t JOIN service s ON s.target_id = t.id WHERE s.id = ${serviceId}::uuid FOR UPDATE OF t`;
  return rows[0];
}

function read(tx: Tx, id: string) {
  return tx.deployment.findUniqueOrThrow({
    where: { id },
    include: {
      target: true,
      phases: { orderBy: { position: "asc" } },
      service: {
        include: {
          currentRelease: true,
          releases: { where: { prunedAt: null }, orderBy: { number: "desc" }, take: 5 },
        },
      },
    },
  });
}

export function toPhaseRow(phase: ClaimedDeployment["phases"][number]): PhaseRow {
  return {
    position: phase.position,
    key: phase.key as PhaseKey,
    status: phase.status as PhaseStatus,
    attempt: phase.attempt,
    started_at: phase.startedAt?.toISOString() ?? null,
    finished_at: phase.finishedAt?.toISOString() ?? null,
    duration_ms: phase.durationMs,
    detail: phase.detail,
    receipt: phase.receipt as Json,
    problem: phase.problem as ProblemData | null,
    undone_at: phase.undoneAt?.toISOString() ?? null,
    undo_duration_ms: phase.undoDurationMs,
    undo_problem: phase.undoProblem as ProblemData | null,
  };
}
