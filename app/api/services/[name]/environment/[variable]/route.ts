import * as z from "zod";
import { EnvironmentName, ServiceName } from "@/lib/contracts/service";
import { revealEnvironment } from "@/lib/services/environment-commands";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "Reveal one environment variable",
    description: "The audit trail keeps who did.",
    permission: "environment:reveal",
    params: z.object({ name: ServiceName, variable: EnvironmentName }),
    response: z.object({ name: z.string(), value: z.string() }),
  },
  async ({ actor, params: { name, variable } }) => revealEnvironment(name, variable, actor),
);
