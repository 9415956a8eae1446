import * as z from "zod";
import { authorize } from "@/lib/contracts/authorize";
import { route } from "@/lib/http/route";
import { DeployerJob } from "@/lib/http/shapes/deployer";
import { deployerJob } from "@/lib/http/shapes/deployer-job";
import { findDeploymentRecord } from "@/lib/services/deployment-record-store";

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
