import * as z from "zod";
import { DeploymentView } from "@/lib/contracts/deployment";
import { StackName } from "@/lib/contracts/stack";
import { requestRepair } from "@/lib/deployments/request-repair";
import { answer } from "@/lib/http/answer";
import { route } from "@/lib/http/route";
import { ownedStack } from "@/lib/stacks/owned-stack";

export const POST = route(
  {
    summary: "Repair a stack",
    description: "Deploys its current release once more, exactly, whatever its template says by now.",
    permission: "deployment:create",
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
