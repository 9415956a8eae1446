import { transaction } from "@/lib/platform/db/client";
import { ensureBackupQueue, ensureDeploymentQueue, queue, sendTurn } from "@/lib/platform/queue/boss";
import { ANY_WORKER, deploymentQueue } from "@/lib/platform/queue/queues";

/** Makes the queues that running processes expect: a restored database has none, because archives hold no queue. */
export async function makeQueues(): Promise<void> {
  const boss = await queue();
  const targets = await transaction((tx) => tx.target.findMany({ select: { kind: true, settings: true } }));
  for (const name of new Set([ANY_WORKER, ...targets.map(deploymentQueue)])) await ensureDeploymentQueue(boss, name);
  await ensureBackupQueue(boss);
}

/** A turn for every deployment that had not ended when the backup was made; answers how many there are. */
export function resumeDeployments(): Promise<number> {
  return transaction(async (tx) => {
    const unfinished = await tx.deployment.findMany({
      where: { state: { in: ["queued", "running", "undoing"] } },
      orderBy: { id: "asc" },
      select: { serviceId: true, target: { select: { kind: true, settings: true } } },
    });
    for (const { serviceId, target } of unfinished) await sendTurn(tx, deploymentQueue(target), { serviceId });
    return unfinished.length;
  });
}
