import * as z from "zod";
import { authorize } from "@/lib/contracts/authorize";
import { DeploymentView } from "@/lib/contracts/deployment";
import { findDeployment } from "@/lib/engine/deployment-store";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "One deployment with its phases",
    description: "As of event number `lastEvent`: follow its `events` after that number.",
    permission: "deployment:read",
    tool: { name: "get_deployment", description: "Its state, the cause of a failure, and which release is live." },
    params: z.object({ deploymentId: z.uuid() }),
    response: DeploymentView,
  },
  async ({ actor, params }) => authorize(actor, "deployment:read", await findDeployment(params.deploymentId)),
);
