import * as z from "zod";
import { OrphanRemoval, OrphansRemoved } from "@/lib/contracts/drift";
import { ServiceName } from "@/lib/contracts/service";
import { removeOrphans } from "@/lib/engine/reconcile/orphan-commands";
import { route } from "@/lib/web/http/route";

export const POST = route(
  {
    summary: "Remove orphaned resources from a target",
    description:
      "Each is checked once more: a resource that belongs to a service by then, or not to Landfall, is kept.",
    permission: "resource:remove",
    params: z.object({ name: ServiceName }),
    body: OrphanRemoval,
    response: OrphansRemoved,
    problems: ["host-unreachable", "platform-unreachable", "platform-key-refused"],
  },
  async ({ actor, params: { name }, body }) => removeOrphans(name, body, actor),
);
