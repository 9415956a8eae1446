import type { DeploymentView } from "@/lib/contracts/deployment";
import { authorizeDeploy } from "@/lib/contracts/grants";
import { Problem } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { transaction } from "@/lib/platform/db/client";
import { sendTurn } from "@/lib/platform/queue/boss";
import { deploymentQueue } from "@/lib/platform/queue/queues";
import { isolates, toGrants } from "@/lib/targets/target-row";
import { getDeployment } from "./deployment-store";
import { ownedDeployment } from "./owned-deployment";

/** Has a stuck deployment undone once more, after a person mended what stood in the way. */
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
