import * as z from "zod";
import { ServiceName } from "@/lib/contracts/service";
import { ServiceUsage, UsageQuery } from "@/lib/contracts/usage";
import { readUsage } from "@/lib/services/read-usage";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "What a service used",
    description: "CPU, memory and restarts of the live release, one figure a minute, kept for a day.",
    permission: "service:read",
    tool: { name: "get_service_usage", defaults: { hours: 1 } },
    params: z.object({ name: ServiceName }),
    query: UsageQuery,
    response: ServiceUsage,
  },
  async ({ actor, params: { name }, query }) => readUsage(name, query, actor),
);
