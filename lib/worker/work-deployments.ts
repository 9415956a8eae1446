import type { Job, PgBoss } from "pg-boss";
import { HandedOver } from "@/lib/engine/pipeline";
import { runDeployment } from "@/lib/engine/run-deployment";
import { db } from "@/lib/platform/db/client";
import { listen } from "@/lib/platform/db/listen";
import { env } from "@/lib/platform/env";
import { log } from "@/lib/platform/log";
import { ensureDeploymentQueue } from "@/lib/platform/queue/boss";
import { type DeploymentTurn, HEARTBEAT_REFRESH_SECONDS } from "@/lib/platform/queue/queues";

/** How late a cancel is noticed when its notification was lost and the deployment is idle. */
const CANCEL_FLOOR_MS = 5_000;

/** Makes the queue deliver the turn again a second later. */
class TargetBusy extends Error {}

export interface DeploymentWorker {
  /** Stops the runs; the queue gives their turns to another worker. */
  stop(): Promise<void>;
}

/** Takes deployments from the given queues and runs several concurrently. */
export async function workDeployments(
  boss: PgBoss,
  queues: readonly string[],
  workerId: string,
): Promise<DeploymentWorker> {
  const stopping = new AbortController();
  const cancels = new Map<string, () => void>();
  const endListening = listenForCancels(cancels);
  const running = new Set<Promise<unknown>>();

  const handle = async ([job]: Job<DeploymentTurn>[]) => {
    if (!job) return;
    const run = takeTurn(job, { workerId, cancels, stopping: stopping.signal });
    running.add(run);
    try {
      await run;
    } finally {
      running.delete(run);
    }
  };
  for (const name of queues) {
    await ensureDeploymentQueue(boss, name);
    const options = {
      batchSize: 1,
      localConcurrency: env.WORKER_CONCURRENCY,
      pollingIntervalSeconds: 1,
      notifyPollingIntervalSeconds: 2,
      heartbeatRefreshSeconds: HEARTBEAT_REFRESH_SECONDS,
    };
    await boss.work<DeploymentTurn>(name, options, handle);
  }
  return {
    async stop() {
      stopping.abort(new HandedOver());
      await Promise.allSettled(running);
      endListening();
    },
  };
}

interface Turn {
  workerId: string;
  cancels: Map<string, () => void>;
  stopping: AbortSignal;
}

async function takeTurn(job: Job<DeploymentTurn>, { workerId, cancels, stopping }: Turn): Promise<void> {
  const { serviceId } = job.data;
  let running: string | undefined;
  const onStart = (deploymentId: string, cancel: () => void) => {
    running = deploymentId;
    cancels.set(deploymentId, cancel);
  };
  try {
    const handOver = AbortSignal.any([stopping, job.signal]);
    const outcome = await runDeployment(serviceId, { workerId, handOver, onStart });
    if (outcome === "busy") throw new TargetBusy("the target runs as many deployments as it may");
  } catch (error) {
    const lines = log.child({ serviceId, deploymentId: running });
    if (error instanceof HandedOver) lines.info("handed over");
    else if (!(error instanceof TargetBusy))
      lines.error({ err: error }, "the run broke off; the queue gives the turn out again");
    throw error;
  } finally {
    if (running) cancels.delete(running);
  }
}

/** A cancel is stored in the deployment's row; its notification only saves the wait for the next poll. */
function listenForCancels(cancels: ReadonlyMap<string, () => void>): () => void {
  const readAll = async () => {
    const running = [...cancels.keys()];
    if (running.length === 0) return;
    const wanted = await db.deployment.findMany({
      where: { id: { in: running }, cancelRequestedAt: { not: null } },
      select: { id: true },
    });
    for (const { id } of wanted) cancels.get(id)?.();
  };
  const read = () =>
    void readAll().catch((error: unknown) => log.warn({ err: error }, "cancels could not be read; trying again soon"));
  const timer = setInterval(read, CANCEL_FLOOR_MS);
  const end = listen("landfall_cancel", { onNotification: (id) => cancels.get(id)?.(), onConnect: read });
  return () => {
    clearInterval(timer);
    end();
  };
}
