import * as z from "zod";
import { Orphans } from "@/lib/contracts/drift";
import { ServiceName } from "@/lib/contracts/service";
import { listOrphans } from "@/lib/engine/reconcile/orphan-commands";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "Things on a target that Landfall made and no service owns any more",
    description:
      "Found now: on a host by label or name, on a Dokploy server by marker. Volumes hold data: nothing brings them back.",
    permission: "resource:remove",
    params: z.object({ name: ServiceName }),
    response: Orphans,
    problems: ["host-unreachable", "platform-unreachable", "platform-key-refused"],
  },
  async ({ actor, params: { name } }) => listOrphans(name, actor),
);
