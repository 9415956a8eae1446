import { TargetCheck, TargetTest } from "@/lib/contracts/target";
import { testTarget } from "@/lib/targets/check-target";
import { route } from "@/lib/web/http/route";

export const POST = route(
  {
    summary: "Test a server connection",
    description:
      "The check of a target, for a server that is not stored: signs in, and returns tools with their versions, disk and memory; for a " +
      "Dokploy server, everything that stacks depend on, step by step (`preflight`). A failed sign-in is a result, not an error.",
    permission: "target:write",
    rateLimit: "check",
    body: TargetTest,
    response: TargetCheck,
  },
  async ({ actor, body }) => testTarget(body, actor),
);
