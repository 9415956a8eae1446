import * as z from "zod";
import { ServiceName } from "@/lib/contracts/service";
import { TargetView } from "@/lib/contracts/target";
import { checkTarget } from "@/lib/targets/check-target";
import { route } from "@/lib/web/http/route";

export const POST = route(
  {
    summary: "Check a target now",
    description:
      "Reads tools with their versions, free disk and memory; for a Dokploy server, everything that stacks depend on, step by step " +
      "(`preflight`). A target that does not answer is a result, not an error.",
    permission: "target:write",
    tool: { name: "check_target" },
    params: z.object({ name: ServiceName }),
    response: TargetView,
  },
  async ({ actor, params: { name } }) => checkTarget(name, actor),
);
