import * as z from "zod";
import { authorize } from "@/lib/contracts/authorize";
import { findDeploymentRecord } from "@/lib/engine/deployment-record-store";
import { requestRollback } from "@/lib/engine/request-deployment";
import { route } from "@/lib/web/http/route";
import { DeployerAccepted } from "@/lib/web/http/shapes/deployer";
import { deployerAccepted } from "@/lib/web/http/shapes/deployer-job";

export const POST = route(
  {
    summary: "Deployer: bring a job's service back to its previous version",
    description: "Also at `/deploy/{deploy_job_id}/rollback`. The rollback is a job of its own.",
    permission: "deployment:create",
    rateLimit: "deploy",
    idempotent: true,
    params: z.object({ jobId: z.uuid() }),
    response: DeployerAccepted,
    problems: ["no-previous-release", "release-not-restorable", "target-disabled"],
  },
  async ({ actor, params: { jobId }, idempotency }) => {
    const { service } = authorize(actor, "deployment:create", await findDeploymentRecord(jobId));
    const options = { ...idempotency, trigger: "deployer" } as const;
    return deployerAccepted(await requestRollback({ serviceName: service.name }, actor, options));
  },
);
