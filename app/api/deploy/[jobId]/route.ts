import * as z from "zod";
import { authorize } from "@/lib/contracts/authorize";
import { findDeploymentRecord } from "@/lib/engine/deployment-record-store";
import { route } from "@/lib/web/http/route";
import { DeployerJob } from "@/lib/web/http/shapes/deployer";
import { deployerJob } from "@/lib/web/http/shapes/deployer-job";

export const GET = route(
  {
    summary: "Deployer: one job with its phases",
    description: "Also at `/deploy/{deploy_job_id}`.",
    permission: "deployment:read",
    params: z.object({ jobId: z.uuid() }),
    response: DeployerJob,
  },
  async ({ actor, params: { jobId }, sentences }) => {
    const record = authorize(actor, "deployment:read", await findDeploymentRecord(jobId));
    return deployerJob(record, sentences);
  },
);
