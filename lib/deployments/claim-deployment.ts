import type { DeploymentState } from "@/lib/contracts/deployment";
import type { PhaseKey, PhaseStatus } from "@/lib/contracts/phase";
import type { ProblemData } from "@/lib/contracts/problem";
import { DeploymentSpec } from "@/lib/contracts/service";
import { type Tx, transaction } from "@/lib/db/client";
import type { Json } from "@/lib/drivers/driver";
import type { PhaseRow } from "./phase-row";

/** `gone`: it has ended or was removed. `busy`: its target runs as many as it may; ask again. */
export type Claim = { outcome: "gone" } | { outcome: "busy" } | { outcome: "claimed"; deployment: ClaimedDeployment };

export type ClaimedDeployment = NonNullable<Awaited<ReturnType<typeof read>>> & {
  spec: DeploymentSpec;
  state: DeploymentState;
};

const RUNNING = ["running", "undoing"];

/**
 * Makes this worker the one that writes the deployment: its fencing number goes up, and whoever held a lower one can
 * write no more. A first claim moves it to `running` and counts against the target's limit; a take-over keeps its state.
 */
export function claimDeployment(id: string, workerId: string): Promise<Claim> {
  return transaction(async (tx) => {
    const target = await lockTarget(tx, id);
    const row = await tx.deployment.findUnique({ where: { id }, select: { state: true, targetId: true } });
    if (!target || !row) return { outcome: "gone" };
    if (row.state === "queued") {
      const running = await tx.deployment.count({ where: { targetId: row.targetId, state: { in: RUNNING } } });
      if (running >= target.concurrency) return { outcome: "busy" };
    }
    const taken = await tx.deployment.updateMany({
      where: { id, state: { in: ["queued", ...RUNNING] } },
      data: {
        fencing: { increment: 1 },
        workerId,
        ...(row.state === "queued" ? { state: "running", startedAt: new Date() } : {}),
      },
    });
    if (taken.count === 0) return { outcome: "gone" };
    const deployment = await read(tx, id);
    return {
      outcome: "claimed",
      deployment: {
        ...deployment,
        spec: DeploymentSpec.parse(deployment.spec),
        state: deployment.state as DeploymentState,
      },
    };
  });
}

/** Holding the target's row keeps two workers from both counting a free place. */
async function lockTarget(tx: Tx, deploymentId: string): Promise<{ concurrency: number } | undefined> {
  const rows = await tx.$queryRaw<{ concurrency: number }[]>`
    SELECT t.concurrency FROM target t JOIN deployment d ON d.target_id = t.id WHERE d.id = ${deploymentId}::uuid FOR UPDATE OF t`;
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
