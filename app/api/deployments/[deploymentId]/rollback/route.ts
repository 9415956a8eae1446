import * as z from "zod";
import { authorize } from "@/lib/contracts/authorize";
import { DeploymentView, NewRollback } from "@/lib/contracts/deployment";
import type { Action } from "@/lib/contracts/permission";
import { RollbackPreview } from "@/lib/contracts/release";
import type { Actor } from "@/lib/contracts/user";
import { findDeployment } from "@/lib/engine/deployment-store";
import { previewRollback } from "@/lib/engine/releases/preview-rollback";
import { requestRollback } from "@/lib/engine/request-deployment";
import { answer } from "@/lib/web/http/definition";
import { route } from "@/lib/web/http/route";

const params = z.object({ deploymentId: z.uuid() });

export const GET = route(
  {
    summary: "What going back would change",
    description: "For this deployment's service: to the given release, or to the one before the current.",
    permission: "release:read",
    params,
    query: NewRollback,
    response: RollbackPreview,
    problems: ["no-previous-release", "release-not-restorable", "host-unreachable"],
  },
  async ({ actor, params: { deploymentId }, query }) =>
    previewRollback(await serviceOf(deploymentId, actor, "release:read"), actor, query.releaseId),
);

export const POST = route(
  {
    summary: "Go back to an older release",
    description: "A new deployment that restores its files or image, environment and configuration.",
    permission: "deployment:create",
    rateLimit: "deploy",
    idempotent: true,
    params,
    body: NewRollback.prefault({}),
    response: DeploymentView,
    status: 202,
    problems: ["no-previous-release", "release-not-restorable", "target-disabled"],
  },
  async ({ actor, params: { deploymentId }, body, idempotency }) => {
    const serviceName = await serviceOf(deploymentId, actor, "deployment:create");
    const deployment = await requestRollback({ serviceName, ...body }, actor, idempotency);
    return answer(deployment, { headers: { location: `/api/deployments/${deployment.id}` } });
  },
);

async function serviceOf(deploymentId: string, actor: Actor, action: Action): Promise<string> {
  const { service } = authorize(actor, action, await findDeployment(deploymentId));
  return service.name;
}
