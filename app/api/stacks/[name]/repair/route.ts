import * as z from "zod";
import { DeploymentView } from "@/lib/contracts/deployment";
import { StackName } from "@/lib/contracts/stack";
import { ownedStack } from "@/lib/domain/stacks/stack-store";
import { requestRepair } from "@/lib/engine/request-deployment";
import { answer } from "@/lib/web/http/definition";
import { route } from "@/lib/web/http/route";

export const POST = route(
  {
    summary: "Repair a stack",
    description: "Deploys its current release again without changes, even if its template has changed since.",
    permission: "deployment:create",
    tool: { name: "repair_stack" },
    rateLimit: "deploy",
    idempotent: true,
    params: z.object({ name: StackName }),
    response: DeploymentView,
    status: 202,
    problems: ["no-current-release", "target-disabled"],
  },
  async ({ actor, params: { name }, idempotency }) => {
    await ownedStack(name, actor, "deployment:create");
    const deployment = await requestRepair(name, actor, idempotency);
    return answer(deployment, { headers: { location: `/api/deployments/${deployment.id}` } });
  },
);
