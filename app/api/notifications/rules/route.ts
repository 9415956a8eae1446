import * as z from "zod";
import { NewRule, RuleView } from "@/lib/contracts/notification";
import { createRule, listRules } from "@/lib/domain/notifications/rule-commands";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "List notification rules",
    description: "One's own; an administrator sees everybody's.",
    permission: "notification:read",
    response: z.object({ items: z.array(RuleView) }),
  },
  async ({ actor }) => ({ items: await listRules(actor) }),
);

export const POST = route(
  {
    summary: "Add a notification rule",
    description: "Messages on a channel of one's own or a shared one, of what one may see.",
    permission: "notification:write",
    body: NewRule,
    response: RuleView,
    status: 201,
    problems: ["too-many-rules"],
  },
  async ({ actor, body }) => createRule(body, actor),
);
