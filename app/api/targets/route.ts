import { z } from "zod";
import { TargetView } from "@/lib/contracts/target";
import { route } from "@/lib/http/route";
import { listTargets } from "@/lib/targets/target-store";

export const GET = route(
  {
    summary: "List targets",
    description: "Each with how many services live there and what its last check saw.",
    permission: "target:read",
    response: z.object({ items: z.array(TargetView) }),
  },
  async () => ({ items: await listTargets() }),
);
