import * as z from "zod";
import { ownedBy } from "@/lib/contracts/authorize";
import { DeploymentSummary } from "@/lib/contracts/deployment";
import { PageQuery, pageOf } from "@/lib/contracts/page";
import { ServiceName } from "@/lib/contracts/service";
import { listDeployments } from "@/lib/engine/deployment-store";
import { ownedHistory } from "@/lib/services/owned-service";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "A service's deployments with the times of their phases, newest first",
    description: "Also of a service that was removed.",
    permission: "deployment:read",
    params: z.object({ name: ServiceName }),
    query: PageQuery.strict(),
    response: pageOf(DeploymentSummary),
  },
  async ({ actor, params, query }) => {
    const { name } = await ownedHistory(params.name, actor);
    return listDeployments({ service: name, ...ownedBy(actor, "deployment:read") }, query);
  },
);
