import * as z from "zod";
import { DeploymentView } from "@/lib/contracts/deployment";
import { ServiceChange, ServiceDetail, ServiceName } from "@/lib/contracts/service";
import { requestRemoval } from "@/lib/engine/request-deployment";
import { changeService } from "@/lib/services/change-service";
import { findMoreWrongInChange } from "@/lib/services/find-more-wrong";
import { ownedServiceDetail } from "@/lib/services/owned-service";
import { answer } from "@/lib/web/http/definition";
import { route } from "@/lib/web/http/route";

const params = z.object({ name: ServiceName });

export const GET = route(
  {
    summary: "One service",
    permission: "service:read",
    tool: { name: "get_service" },
    params,
    response: ServiceDetail,
  },
  async ({ actor, params: { name } }) => ownedServiceDetail(name, actor),
);

export const PATCH = route(
  {
    summary: "Change a service",
    description: "Fields that are absent stay as they are. Takes effect at the next deployment.",
    permission: "service:update",
    tool: { name: "update_service" },
    params,
    body: ServiceChange,
    findMoreWrong: findMoreWrongInChange,
    response: ServiceDetail,
    problems: ["port-taken", "made-by-template"],
  },
  async ({ actor, params: { name }, body }) => changeService(name, body, actor),
);

export const DELETE = route(
  {
    summary: "Remove a service",
    description:
      "A deployment of kind removal: it is stopped, taken out of the Registry, and its files go. History stays.",
    permission: "service:delete",
    tool: { name: "remove_service", confirm: ({ name }) => name },
    idempotent: true,
    params,
    response: DeploymentView,
    status: 202,
    problems: ["target-disabled"],
  },
  async ({ actor, params: { name }, idempotency }) => {
    const deployment = await requestRemoval(name, actor, idempotency);
    return answer(deployment, { headers: { location: `/api/deployments/${deployment.id}` } });
  },
);
