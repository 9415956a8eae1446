import { z } from "zod";
import { Orphans } from "@/lib/contracts/drift";
import { ServiceName } from "@/lib/contracts/service";
import { listOrphans } from "@/lib/drift/list-orphans";
import { route } from "@/lib/http/route";

export const GET = route(
  {
    summary: "Things on a target that Landfall made and no service owns any more",
    description: "Found on the host by label or name, now. Volumes hold data: nothing brings them back.",
    permission: "resource:remove",
    params: z.object({ name: ServiceName }),
    response: Orphans,
    problems: ["host-unreachable"],
  },
  async ({ actor, params: { name } }) => listOrphans(name, actor),
);
