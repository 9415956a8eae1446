import * as z from "zod";
import { ownedBy } from "@/lib/contracts/authorize";
import {
  DeploymentCall,
  DeploymentFilter,
  DeploymentSummary,
  DeploymentView,
  NewDeployment,
} from "@/lib/contracts/deployment";
import { PageQuery, pageOf } from "@/lib/contracts/page";
import { listDeployments } from "@/lib/engine/deployment-store";
import { requestDeployment } from "@/lib/engine/request-deployment";
import { answer } from "@/lib/web/http/definition";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "List deployments, newest first",
    description:
      "A member sees those of their own services. `number` counts within a service; `search` is part of a service's name.",
    permission: "deployment:read",
    tool: { name: "list_deployments" },
    query: z.strictObject({ ...PageQuery.shape, ...DeploymentFilter.shape, ...DeploymentCall.shape }),
    response: pageOf(DeploymentSummary),
  },
  async ({ actor, query: { after, limit, ...filter } }) =>
    listDeployments({ ...filter, ...ownedBy(actor, "deployment:read") }, { after, limit }),
);

export const POST = route(
  {
    summary: "Deploy a service",
    description: "Accepted at once; a worker does the work. Follow it at its `events`.",
    permission: "deployment:create",
    tool: {
      name: "deploy_service",
      description:
        "Accepted at once; a worker does the work. Read the answer's `id` with get_deployment until it has ended.",
      without: ["upload"],
    },
    rateLimit: "deploy",
    idempotent: true,
    body: NewDeployment,
    response: DeploymentView,
    status: 202,
    problems: ["target-disabled"],
  },
  async ({ actor, body, idempotency }) => {
    const deployment = await requestDeployment(body, actor, idempotency);
    return answer(deployment, { headers: { location: `/api/deployments/${deployment.id}` } });
  },
);
