import { TargetCheck, TargetTest } from "@/lib/contracts/target";
import { testTarget } from "@/lib/targets/check-target";
import { route } from "@/lib/web/http/route";

export const POST = route(
  {
    summary: "Try a server without writing it down",
    description:
      "The look that a target gets: signs in, and tells tools with their versions, disk and memory; of a Dokploy server, everything " +
      "that stacks depend on, step by step (`preflight`). A server that does not let us in is a result, not an error.",
    permission: "target:write",
    rateLimit: "check",
    body: TargetTest,
    response: TargetCheck,
  },
  async ({ actor, body }) => testTarget(body, actor),
);
