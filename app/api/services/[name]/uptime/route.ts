import * as z from "zod";
import { ServiceName } from "@/lib/contracts/service";
import { ServiceUptime } from "@/lib/contracts/uptime";
import { readUptime } from "@/lib/services/read-uptime";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "How long a service was healthy",
    description: "The newest answer of the live release on its health path, and thirty days.",
    permission: "service:read",
    params: z.object({ name: ServiceName }),
    response: ServiceUptime,
  },
  async ({ actor, params: { name } }) => readUptime(name, actor),
);
