import * as z from "zod";
import { DeliveryView } from "@/lib/contracts/hook";
import { PageQuery, pageOf } from "@/lib/contracts/page";
import { ServiceName } from "@/lib/contracts/service";
import { listDeliveries } from "@/lib/domain/hooks/hook-commands";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "What was delivered to a service's hook, newest first",
    description: "Each with its verdict. Deliveries are kept for 90 days.",
    permission: "service:update",
    params: z.object({ name: ServiceName }),
    query: PageQuery.strict(),
    response: pageOf(DeliveryView),
  },
  async ({ actor, params: { name }, query }) => listDeliveries(name, query, actor),
);
