import * as z from "zod";
import { StackName, StackSummary } from "@/lib/contracts/stack";
import { ownedStack } from "@/lib/domain/stacks/stack-store";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "Get a stack",
    permission: "service:read",
    tool: { name: "get_stack" },
    params: z.object({ name: StackName }),
    response: StackSummary,
  },
  async ({ actor, params: { name } }) => ownedStack(name, actor),
);
