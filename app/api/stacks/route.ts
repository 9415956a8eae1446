import * as z from "zod";
import { PageQuery, pageOf } from "@/lib/contracts/page";
import { StackSummary } from "@/lib/contracts/stack";
import { listOwnedStacks } from "@/lib/domain/stacks/stack-store";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "List your own stacks, newest first",
    description:
      "With `all=true` those of everyone, or of `owner`, as far as the caller may read them: a member still gets only their own.",
    permission: "service:read",
    tool: { name: "list_stacks" },
    query: z.strictObject({
      ...PageQuery.shape,
      all: z.enum(["true", "false"]).default("false"),
      owner: z.uuid().optional().describe("Id of a person; with `all`"),
    }),
    response: pageOf(StackSummary),
  },
  async ({ actor, query: { after, limit, all, owner } }) =>
    listOwnedStacks({ all: all === "true", owner }, { after, limit }, actor),
);
