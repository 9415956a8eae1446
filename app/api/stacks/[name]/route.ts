import * as z from "zod";
import { StackName, StackSummary } from "@/lib/contracts/stack";
import { route } from "@/lib/http/route";
import { ownedStack } from "@/lib/stacks/owned-stack";

export const GET = route(
  {
    summary: "One stack",
    permission: "service:read",
    params: z.object({ name: StackName }),
    response: StackSummary,
  },
  async ({ actor, params: { name } }) => ownedStack(name, actor),
);
