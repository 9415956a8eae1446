import * as z from "zod";
import { authorize } from "@/lib/contracts/authorize";
import { findStackDeployment, readLastLines } from "@/lib/domain/stacks/stack-deployment";
import { route } from "@/lib/web/http/route";
import { StackDeploymentAnswer } from "@/lib/web/http/shapes/stack";
import { stackDeploymentAnswer } from "@/lib/web/http/shapes/stack-deployment";

const LOG_LINES = 50;

export const GET = route(
  {
    summary: "Stacks: one deployment, with the newest lines of its log",
    permission: "deployment:read",
    params: z.object({ deploymentId: z.uuid() }),
    response: StackDeploymentAnswer,
  },
  async ({ actor, params: { deploymentId }, sentences }) => {
    const deployment = authorize(actor, "deployment:read", await findStackDeployment(deploymentId));
    return stackDeploymentAnswer(deployment, await readLastLines(deploymentId, LOG_LINES), sentences);
  },
);
