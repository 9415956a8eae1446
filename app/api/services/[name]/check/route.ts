import * as z from "zod";
import { HealthProbe } from "@/lib/contracts/health-check";
import { ServiceName } from "@/lib/contracts/service";
import { checkServiceHealth } from "@/lib/services/running-service";
import { route } from "@/lib/web/http/route";

export const POST = route(
  {
    summary: "Ask a running service's health path once",
    description: "Through its public port: status, time and the start of the body, or why no answer came.",
    permission: "service:read",
    tool: { name: "check_service_health" },
    rateLimit: "check",
    params: z.object({ name: ServiceName }),
    response: HealthProbe,
    problems: ["host-unreachable"],
  },
  async ({ actor, params: { name } }) => checkServiceHealth(name, actor),
);
