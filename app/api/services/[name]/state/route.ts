import * as z from "zod";
import { RuntimeState, ServiceName } from "@/lib/contracts/service";
import { serviceState } from "@/lib/services/running-service";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "What runs now",
    description: "Asked of the host, not of the records. `unknown` where this process cannot reach it.",
    permission: "service:read",
    tool: { name: "get_service_state" },
    params: z.object({ name: ServiceName }),
    response: RuntimeState,
  },
  async ({ actor, params: { name } }) => serviceState(name, actor),
);
