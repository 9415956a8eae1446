import * as z from "zod";
import { NewRule, RuleView } from "@/lib/contracts/notification";
import { changeRule, removeRule } from "@/lib/domain/notifications/rule-commands";
import { route } from "@/lib/web/http/route";

const params = z.object({ ruleId: z.uuid() });

export const PUT = route(
  {
    summary: "Replace a notification rule",
    description: "Its owner stays.",
    permission: "notification:write",
    params,
    body: NewRule,
    response: RuleView,
  },
  async ({ actor, params: { ruleId }, body }) => changeRule(ruleId, body, actor),
);

export const DELETE = route(
  {
    summary: "Remove a notification rule",
    description: "Messages that already wait are still sent.",
    permission: "notification:write",
    params,
  },
  async ({ actor, params: { ruleId } }) => removeRule(ruleId, actor),
);
