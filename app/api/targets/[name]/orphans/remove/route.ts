import * as z from "zod";
import { OrphanRemoval, OrphansRemoved } from "@/lib/contracts/drift";
import { ServiceName } from "@/lib/contracts/service";
import { removeOrphans } from "@/lib/engine/reconcile/orphan-commands";
import { route } from "@/lib/web/http/route";

export const POST = route(
  {
    summary: "Remove orphans from a target",
    description: "Each is looked at once more: what belongs to a service by then, or is not ours, is kept.",
    permission: "resource:remove",
    params: z.object({ name: ServiceName }),
    body: OrphanRemoval,
    response: OrphansRemoved,
    problems: ["host-unreachable", "platform-unreachable", "platform-key-refused"],
  },
  async ({ actor, params: { name }, body }) => removeOrphans(name, body, actor),
);
