import * as z from "zod";
import { ownedBy } from "@/lib/contracts/authorize";
import { PageQuery, pageOf } from "@/lib/contracts/page";
import { NewService, ServiceDetail, ServiceSummary } from "@/lib/contracts/service";
import { ServiceOrder, ServiceStatus } from "@/lib/contracts/service-status";
import { createService } from "@/lib/services/create-service";
import { findMoreWrongInNew } from "@/lib/services/find-more-wrong";
import { listServices } from "@/lib/services/service-store";
import { answer } from "@/lib/web/http/definition";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "List services, newest first or by name",
    description:
      "A member sees their own. `search` is part of a name. `status` is of what is live or of the last deployment.",
    permission: "service:read",
    tool: { name: "list_services" },
    query: z.strictObject({
      ...PageQuery.shape,
      search: z.string().max(63).optional(),
      target: z.string().max(63).optional(),
      status: ServiceStatus.optional(),
      order: ServiceOrder.default("newest"),
    }),
    response: pageOf(ServiceSummary),
  },
  async ({ actor, query: { after, limit, ...filter } }) =>
    listServices({ ...filter, ...ownedBy(actor, "service:read") }, { after, limit }),
);

export const POST = route(
  {
    summary: "Add a service",
    description: "Writes down what is to be deployed; nothing runs until a deployment is asked for.",
    permission: "service:create",
    tool: { name: "create_service" },
    idempotent: true,
    body: NewService,
    findMoreWrong: findMoreWrongInNew,
    response: ServiceDetail,
    status: 201,
    problems: ["name-taken", "port-taken", "target-disabled"],
  },
  async ({ actor, body, idempotency }) => {
    const service = await createService(body, actor, idempotency);
    return answer(service, { status: 201, headers: { location: `/api/services/${service.name}` } });
  },
);
