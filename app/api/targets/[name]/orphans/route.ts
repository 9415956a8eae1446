import * as z from "zod";
import { Orphans } from "@/lib/contracts/drift";
import { ServiceName } from "@/lib/contracts/service";
import { listOrphans } from "@/lib/engine/reconcile/orphan-commands";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "List orphaned resources on a target",
    description:
      "Resources that Landfall created and no service owns any more: found on a host by label or name, on a Dokploy server by marker. " +
      "Removed volumes cannot be restored.",
    permission: "resource:remove",
    params: z.object({ name: ServiceName }),
    response: Orphans,
    problems: ["host-unreachable", "platform-unreachable", "platform-key-refused"],
  },
  async ({ actor, params: { name } }) => listOrphans(name, actor),
);
