import * as z from "zod";
import { authorize } from "@/lib/contracts/authorize";
import { DeploymentView } from "@/lib/contracts/deployment";
import { cancelDeployment } from "@/lib/engine/deployment-commands";
import { findDeployment } from "@/lib/engine/deployment-store";
import { route } from "@/lib/web/http/route";

export const POST = route(
  {
    summary: "Cancel a deployment",
    description: "One that waits ends at once; one that runs stops its commands and undoes what it began.",
    permission: "deployment:cancel",
    tool: {
      name: "cancel_deployment",
      confirm: async ({ deploymentId }, actor) =>
        authorize(actor, "deployment:read", await findDeployment(deploymentId)).service.name,
    },
    params: z.object({ deploymentId: z.uuid() }),
    response: DeploymentView,
    status: 202,
    problems: ["deployment-not-cancellable"],
  },
  async ({ actor, params }) => cancelDeployment(params.deploymentId, actor),
);
