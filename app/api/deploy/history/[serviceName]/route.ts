import * as z from "zod";
import { ownedBy } from "@/lib/contracts/authorize";
import { ServiceName } from "@/lib/contracts/service";
import { listDeploymentRecords } from "@/lib/engine/deployment-record-store";
import { ownedHistory } from "@/lib/services/owned-service";
import { route } from "@/lib/web/http/route";
import { DeployerJob } from "@/lib/web/http/shapes/deployer";
import { deployerJob } from "@/lib/web/http/shapes/deployer-job";

const MOST_JOBS = 1_000;

export const GET = route(
  {
    summary: "Deployer: a service's jobs, newest first",
    description: "Also at `/deploy/history/{service_name}`. The newest 100, or as many as `limit` says.",
    permission: "deployment:read",
    params: z.object({ serviceName: ServiceName }),
    query: z.strictObject({ limit: z.coerce.number().int().min(1).max(MOST_JOBS).default(100) }),
    response: z.array(DeployerJob),
  },
  async ({ actor, params, query: { limit }, sentences }) => {
    const { name: serviceName } = await ownedHistory(params.serviceName, actor);
    const records = await listDeploymentRecords({ serviceName, ...ownedBy(actor, "deployment:read") }, limit);
    return records.map((record) => deployerJob(record, sentences));
  },
);
