import * as z from "zod";
import { StackName } from "@/lib/contracts/stack";
import { removeStack } from "@/lib/domain/stacks/stack-commands";
import { answer } from "@/lib/web/http/definition";
import { route } from "@/lib/web/http/route";
import { StackAccepted } from "@/lib/web/http/shapes/stack";
import { stackAccepted } from "@/lib/web/http/shapes/stack-deployment";

export const DELETE = route(
  {
    summary: "Stacks: remove one",
    description:
      "A deployment of kind removal: domain, application and project go, and with `volumes=true` what it stored. Kept volumes keep the " +
      "name for the stack's owner.",
    permission: "service:delete",
    tool: { name: "remove_stack", confirm: ({ name }) => name },
    idempotent: true,
    params: z.object({ name: StackName }),
    query: z.strictObject({ volumes: z.enum(["true", "false"]).default("false") }),
    response: StackAccepted,
    status: 202,
    problems: ["target-disabled"],
  },
  async ({ actor, params: { name }, query, idempotency }) => {
    const removeData = query.volumes === "true";
    const deployment = await removeStack(name, actor, { ...idempotency, removeData });
    return answer(stackAccepted(deployment), { headers: { location: `/api/deployment/${deployment.id}` } });
  },
);
